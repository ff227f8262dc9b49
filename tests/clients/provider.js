import { once } from 'node:events'
import { createServer } from 'node:http'
import { oddResponses } from '../../testing/stand-ins/odd-responses/all.ts'
import { perform } from '../../testing/stand-ins/provider.ts'
import { kinds } from './kinds.js'
import { failures, framings, headersOf, sendFailure } from './wires.js'

/** A provider whose answers are named by the question: see `answers`, `status …`, `kind …`, `odd …`, `echo …` and `playWire` below. */

export const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

const calling = (id, city) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: JSON.stringify({ city }) },
})

const answers = {
  text: { content: '你好，世界' },
  think: { reasoning_content: '想一想', content: '好' },
  listedWord: { content: '很好，禁止词语，然后' },
  listedFirst: { content: '禁止词语，然后' },
  json: { content: '{"name":"上海","people":24870000}' },
  tool: { content: null, tool_calls: [calling('call_1', '上海')] },
  list: {
    reasoning_content: '看一看',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'exec_command', arguments: '{"cmd":"ls"}' } }],
  },
  files: {
    reasoning_content: '看一看',
    content: '我来看。',
    tool_calls: [{ id: 'Bash:0', type: 'function', function: { name: 'Bash', arguments: '{"command":"ls"}' } }],
  },
  patch: {
    content: null,
    tool_calls: [
      {
        ...{ id: 'call_1', type: 'function' },
        function: { name: 'apply_patch', arguments: '{"type":"delete_file","path":"a.txt"}' },
      },
    ],
  },
  tools: { content: null, tool_calls: [calling('call_1', '上海'), calling('call_2', '北京')] },
  thinkTools: {
    reasoning_content: '看一看',
    content: null,
    tool_calls: [calling('call_1', '上海'), calling('call_2', '北京')],
  },
}

/** The pieces in which an answer is streamed: text character by character, arguments in two. */
const piecesOf = ({ reasoning_content: thought = '', content, tool_calls: calls = [] }) => [
  ...[...thought].map((character) => ({ reasoning_content: character })),
  ...[...(content ?? '')].map((character) => ({ content: character })),
  ...calls.flatMap(({ function: { name, arguments: all }, ...call }, index) => [
    { tool_calls: [{ index, ...call, function: { name, arguments: all.slice(0, 5) } }] },
    { tool_calls: [{ index, function: { arguments: all.slice(5) } }] },
  ]),
]

const identity = (object) => ({ id: 'c1', object, created: 1, model: 'm' })
const event = (fields) => `data: ${JSON.stringify({ ...identity('chat.completion.chunk'), ...fields })}\n\n`
const delta = (fields, reason = null) => event({ choices: [{ index: 0, delta: fields, finish_reason: reason }] })
const reasonOf = ({ tool_calls: calls }) => (calls ? 'tool_calls' : 'stop')

const refusals = /^status (\d+) (\w+)$/

/** What the last user said: its text, or the kinds of its parts after its text. Claude Code puts reminders around a question,
 *  each with its own lines. */
const questionIn = ({ messages }) => {
  const { content } = messages.findLast(({ role }) => role === 'user')
  if (typeof content === 'string')
    return content.split('\n').find((line) => answers[line] ?? refusals.exec(line)) ?? content
  return content.map((part) => part.text ?? part.image_url?.url ?? part.type).join(' ')
}

const answerTo = (body) => {
  if (body.messages.some(({ role }) => role === 'tool')) return answers.text
  const question = questionIn(body)
  return question.startsWith('echo ') ? { content: question.slice(5) } : answers[question]
}

const refuse = (response, [, status, code]) => {
  const error = { message: `no ${code}`, type: 'their_type', param: null, code }
  response.writeHead(Number(status), { 'content-type': 'application/json', 'retry-after': '9' })
  response.end(JSON.stringify({ error }))
}

const stream = (response, question, answer) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  if (question === 'cut') return response.end(delta({ content: '你好' }))
  if (question === 'hang') return response.write(delta({ content: '你好' }))
  for (const piece of piecesOf(answer)) response.write(delta(piece))
  response.end(`${delta({}, reasonOf(answer))}${event({ choices: [], usage })}data: [DONE]\n\n`)
}

/** Sends what providers really send: see `kinds.js`. */
const respondInKind = (response, { chunks, document }, streams) => {
  if (!streams) return response.end(JSON.stringify({ ...identity('chat.completion'), ...document, usage }))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(`${chunks.map(event).join('')}data: [DONE]\n\n`)
}

/** Sends an odd response in the form that the client asked for, if it has that form. */
const respondOddly = (response, { stream, whole }, streams) =>
  perform((streams ? stream : whole) ?? stream ?? whole, response)

const complete = ({ prompt, stream: streams }, response) => {
  const choice = { index: 0, text: prompt.toUpperCase(), logprobs: null, finish_reason: 'stop' }
  const fields = { ...identity('text_completion'), choices: [choice] }
  if (!streams) return response.end(JSON.stringify({ ...fields, usage }))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(
    `data: ${JSON.stringify(fields)}\n\n${event({ object: 'text_completion', choices: [], usage })}data: [DONE]\n\n`,
  )
}

/** Answers in an odd framing or with a failure, whether or not the client asked for a stream. */
const playWire = (response, [, kind, name]) => {
  const dataOf = (text) => text.slice('data: '.length, -2)
  if (kind !== 'framing')
    return sendFailure(response, failures[name], kind === 'later' ? dataOf(delta({ content: '你好' })) : undefined)
  const pieces = [
    ...piecesOf(answers.text).map((piece) => delta(piece)),
    delta({}, 'stop'),
    event({ choices: [], usage }),
  ]
  response.writeHead(200, headersOf(name)).end(framings[name]([...pieces.map(dataOf), '[DONE]']))
}

const chat = (body, response) => {
  const question = questionIn(body)
  const refusal = refusals.exec(question)
  if (refusal) return refuse(response, refusal)
  const wire = /^(framing|failure|later) (.+)$/.exec(question)
  if (wire) return playWire(response, wire)
  if (question.startsWith('kind ')) return respondInKind(response, kinds[question.slice(5)], body.stream)
  if (question.startsWith('odd '))
    return respondOddly(
      response,
      oddResponses.find(({ title }) => title === question.slice(4)),
      body.stream,
    )
  if (question === 'hang' && !body.stream) return
  if (body.stream) return stream(response, question, answerTo(body))
  const message = { role: 'assistant', ...answerTo(body) }
  const choices = [{ index: 0, message, finish_reason: reasonOf(message) }]
  response.end(JSON.stringify({ ...identity('chat.completion'), choices, usage }))
}

/** Starts the provider. `requests` are the bodies it has received, each with a promise of its connection's end. */
export const startProvider = async () => {
  const requests = []
  const server = createServer(async (message, response) => {
    const closed = once(message.socket.setMaxListeners(0), 'close')
    const pieces = []
    for await (const piece of message) pieces.push(piece)
    const body = JSON.parse(Buffer.concat(pieces).toString())
    requests.push({ body, closed })
    if (message.url.endsWith('/chat/completions')) chat(body, response)
    else complete(body, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
