import type { RequestListener } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { type ChatOptions, chatOn, chatOnce } from '../../scripts/chat/chat.ts'
import { createChatClient } from '../../scripts/chat/chat-client.ts'
import { chatMessages } from '../../scripts/chat/messages.ts'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { loopbackServer } from '../../testing/servers/loopback-server.ts'
import { onCleanup } from '../support/on-cleanup.ts'

/** What a gateway was asked, in order. */
interface Asked {
  readonly path: string
  readonly headers: Record<string, unknown>
  readonly body: { readonly model?: string; readonly messages?: unknown[] }
}

const serve = async (reply: RequestListener) => {
  const asked: Asked[] = []
  const { url, close } = await loopbackServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    asked.push({ path: request.url ?? '', headers: request.headers, body: text === '' ? {} : JSON.parse(text) })
    reply(request, response)
  })
  onCleanup(close)
  return { url, asked }
}

const event = (chunk: object): string => `data: ${JSON.stringify({ object: 'chat.completion.chunk', ...chunk })}\n\n`
const delta = (fields: object): string => event({ choices: [{ index: 0, delta: fields, finish_reason: null }] })
const usage = { prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 }
const end = `${event({ choices: [], usage })}data: [DONE]\n\n`
const json = { 'content-type': 'application/json' }
const models = { object: 'list', data: [{ id: 'first' }, { id: 'second' }] }

/** A gateway that streams these events to every chat. */
const gateway = (events: string, points?: number) =>
  serve((request, response) => {
    if (request.url !== '/v1/chat/completions') response.setHeader('content-type', 'application/json')
    if (request.url === '/v1/models') return response.end(JSON.stringify(models))
    if (request.url === '/v1/usage')
      return response.end(
        JSON.stringify({
          records: [
            { request_id: 'other', points: 1 },
            { request_id: 'mine', points },
          ],
        }),
      )
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'mine' })
    return response.end(events)
  })

const chat = (
  url: string,
  given: Partial<ChatOptions> & { hasColors?: boolean; token?: string; adminKey?: string } = {},
) => {
  let printed = ''
  const errors: string[] = []
  const options: ChatOptions = {
    client: createChatClient({ url, token: given.token, adminKey: given.adminKey }),
    url,
    model: undefined,
    system: undefined,
    messages: chatMessages.en,
    output: { write: (text) => (printed += text), hasColors: given.hasColors ?? false },
    printError: (text) => errors.push(text),
    ...given,
  }
  return { options, printed: () => printed, errors }
}

describe('a chat with a gateway', () => {
  test('prints the reply of the first model, its tokens and its points', async () => {
    const { url, asked } = await gateway(delta({ content: '你' }) + delta({ content: '好' }) + end, 8)
    const { options, printed, errors } = chat(url)
    expect(await chatOnce(options, 'Hello')).toBe(true)
    expect({ printed: printed(), errors }).toEqual({ printed: '你好\n20 + 27 tokens · 8 points\n', errors: [] })
    expect(asked.map(({ path }) => path)).toEqual(['/v1/models', '/v1/chat/completions', '/v1/usage'])
    expect(asked[1]?.body).toMatchObject({ model: 'first', messages: [{ role: 'user', content: 'Hello' }] })
  })

  test('speaks Chinese', async () => {
    const { url } = await gateway(delta({ content: '好' }) + end, 8)
    const { options, printed } = chat(url, { messages: chatMessages.zh })
    await chatOnce(options, '你好')
    expect(printed()).toBe('好\n20 + 27 个 token · 8 积分\n')
  })

  test('sends the model, the system prompt and the token it is given', async () => {
    const { url, asked } = await gateway(end)
    const { options } = chat(`${url}/v1/`, { model: 'second', system: 'Be brief.', token: 'secret', adminKey: 'admin' })
    expect(await chatOnce(options, 'Hello')).toBe(true)
    expect(asked[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer secret' },
      body: {
        model: 'second',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hello' },
        ],
      },
    })
    expect(asked[0]?.headers).not.toHaveProperty('x-gateway-key')
  })

  test('sends the admin key if there is no token', async () => {
    const { url, asked } = await gateway(end)
    await chatOnce(chat(url, { adminKey: 'admin' }).options, 'Hello')
    expect(asked[0]?.headers).toMatchObject({ 'x-gateway-key': 'admin' })
    expect(asked[0]?.headers).not.toHaveProperty('authorization')
  })

  test.each([
    ['dimmed on a terminal with colours', true, '\u001b[2mhm\u001b[22m\u001b[2m, yes\u001b[22m\n\nIt is.\n20'],
    ['below a heading elsewhere', false, 'Thinking:\nhm, yes\n\nIt is.\n20'],
  ])('prints thinking %s', async (_, hasColors, expected) => {
    const { url } = await gateway(
      delta({ reasoning_content: 'hm' }) +
        delta({ reasoning: ', yes', content: null }) +
        delta({ content: 'It is.' }) +
        end,
    )
    const { options, printed } = chat(url, { hasColors })
    await chatOnce(options, 'Is it?')
    expect(printed()).toMatch(new RegExp(`^${expected.replaceAll('[', '\\[')}`))
  })

  test('shows the thinking among the tokens, and says so if there is no usage', async () => {
    const thought = { ...usage, completion_tokens_details: { reasoning_tokens: 9 } }
    const { url } = await gateway(`${delta({ content: 'a' })}${event({ choices: [], usage: thought })}data: [DONE]\n\n`)
    const first = chat(url)
    await chatOnce(first.options, 'Hello')
    expect(first.printed()).toBe('a\n20 + 27 tokens (9 of them thinking)\n')
    const silent = chat((await gateway(`${delta({ content: 'a' })}data: [DONE]\n\n`)).url)
    await chatOnce(silent.options, 'Hello')
    expect(silent.printed()).toBe('a\nthe gateway stated no tokens\n')
  })
})

describe('a conversation', () => {
  test('sends what was said before, and ends at an empty line', async () => {
    const { url, asked } = await gateway(delta({ content: 'Yes.' }) + end)
    const texts = ['One', 'Two', '']
    const { options, printed } = chat(url, { system: 'S' })
    expect(await chatOn(options, async () => texts.shift() ?? '')).toBe(true)
    expect(printed()).toContain(`first at ${url}. An empty line ends.\nYes.\n`)
    const said = asked.filter(({ path }) => path.endsWith('completions')).map(({ body }) => body.messages)
    expect(said[1]).toEqual([
      { role: 'system', content: 'S' },
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Two' },
    ])
  })

  test('goes on after a failed call, without the text that failed', async () => {
    let calls = 0
    const { url, asked } = await serve((_request, response) => {
      calls += 1
      if (calls > 1) return response.writeHead(200, { 'content-type': 'text/event-stream' }).end(end)
      return response.writeHead(502, json).end('{"error":{"message":"The provider failed.","code":"upstream_error"}}')
    })
    const texts = ['One', 'Two', '']
    const { options, errors } = chat(url, { model: 'm' })
    expect(await chatOn(options, async () => texts.shift() ?? '')).toBe(true)
    expect(errors).toEqual(['The provider failed. (502 upstream_error)'])
    expect(asked.at(1)?.body.messages).toEqual([{ role: 'user', content: 'Two' }])
  })
})

describe('a failed chat', () => {
  const fails = async (url: string, given: Parameters<typeof chat>[1] = {}) => {
    const { options, printed, errors } = chat(url, given)
    expect(await chatOnce(options, 'Hello')).toBe(false)
    expect(errors).toHaveLength(1)
    return { printed: printed(), error: errors[0] ?? '' }
  }

  test('says that nothing listens, and how to start the gateway', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    expect((await fails(url)).error).toBe(
      `Nothing listens on ${url}. Start the gateway in another terminal with npm run dev, or name another one with --url.`,
    )
    expect((await fails(url, { messages: chatMessages.zh })).error).toContain(`${url} 上没有程序在监听`)
  })

  test('says that a host cannot be reached, with the reason', async () => {
    expect((await fails('http://no-such-host.invalid')).error).toMatch(
      /^The gateway at http:\/\/no-such-host\.invalid cannot be reached \(E\w+\)\. Check/,
    )
  })

  test('says how to authenticate after a 401', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(401, json).end('{"error":{"message":"There is no token.","code":"missing_token"}}'),
    )
    expect((await fails(url)).error).toMatch(/^There is no token\. \(401 missing_token\)\n {2}Set GATEWAY_TOKEN/)
  })

  test.each([
    ['a page', 404, '<html>'],
    ['a page with status 200', 200, '<html>'],
    ['JSON of another kind', 200, '{"hello":1}'],
  ])('says that %s is no gateway', async (_, status, body) => {
    const { url } = await serve((_request, response) =>
      response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html' }).end(body),
    )
    expect((await fails(url)).error).toMatch(/does not reply like a gateway|offers no model/)
  })

  test('says that the gateway offers no model', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, json).end('{"object":"list","data":[]}'),
    )
    expect((await fails(url)).error).toMatch(/offers no model/)
  })

  test('keeps the text before an error within the stream, and prints the error on a line of its own', async () => {
    const { url } = await gateway(`${delta({ content: 'Half' })}data: {"error":{"message":"It broke.","code":"x"}}\n\n`)
    expect(await fails(url, { model: 'm' })).toEqual({ printed: 'Half\n', error: 'It broke. (x)' })
  })

  test('says that a reply was cut off', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '9999' })
      response.write(delta({ content: 'Half' }), () => setTimeout(() => response.destroy(), 50))
    })
    const { printed, error } = await fails(url, { model: 'm' })
    expect(printed).toBe('Half\n')
    expect(error).toMatch(/^The reply was cut off \(/)
  })
})
