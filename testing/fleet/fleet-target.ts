import { createServer, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitForListening } from '../servers/loopback-server.ts'

/** A way to fail. All but `cut` happen before the first byte of an answer. */
export const faults = [
  ...(['refused', 'bad-key', 'forbidden', 'no-money', 'money-words', 'rate', 'rate-told', 'overload'] as const),
  ...(['server-error', 'reset', 'hang', 'error-in-answer', 'error-event', 'cut'] as const),
] as const

/** One of {@link faults}. */
export type Fault = (typeof faults)[number]

/** One target of a fleet: a provider that fails on command and notes what it answered. */
export interface FleetTarget {
  readonly name: string
  readonly key: string
  readonly apiBase: string
  readonly setFault: (fault: Fault | undefined) => Promise<void>
  /** The numbers of the requests that it began to answer, in order. */
  readonly answers: readonly number[]
  /** How many requests it got, and the most of them that ran at the same time. */
  readonly countRequests: () => number
  readonly getMostAtOnce: () => number
  readonly close: () => Promise<void>
}

/** Starts a target. Its answers repeat its name; the last message of a request holds its number (`n=1`).
 *  @param holdMs how long it works on each request, in milliseconds */
export const startFleetTarget = async (name: string, holdMs = 0): Promise<FleetTarget> => {
  const answers: number[] = []
  const key = `key-of-${name}`
  let fault: Fault | undefined
  let requests = 0
  let running = 0
  let mostAtOnce = 0
  const server = createServer((request, response) => {
    requests += 1
    mostAtOnce = Math.max(mostAtOnce, ++running)
    response.once('close', () => running--)
    const respond = async (): Promise<void> => {
      const body = await readText(request)
      if (holdMs > 0) await sleep(holdMs)
      const number = Number(/n=(\d+)/.exec(body)?.[1])
      if (request.headers.authorization !== `Bearer ${key}`) throw new TypeError('the key of another target')
      const stream = body.includes('"stream":true')
      if (fault && refuse(response, fault, stream)) return
      answers.push(number)
      if (stream) sendStream(response, name, fault === 'cut')
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(toAnswer(name)))
    }
    respond().catch(() => response.destroy())
  })
  const { port } = await waitForListening(server.listen(0, '127.0.0.1'))
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return {
    name,
    key,
    apiBase: `http://127.0.0.1:${port}/v1`,
    answers,
    countRequests: () => requests,
    getMostAtOnce: () => mostAtOnce,
    setFault: async (next) => {
      fault = next
      if (next === 'refused') await stop()
      else if (!server.listening) await waitForListening(server.listen(port, '127.0.0.1'))
    },
    close: stop,
  }
}

const statuses: Partial<Readonly<Record<Fault, number>>> = {
  'bad-key': 401,
  forbidden: 403,
  'no-money': 402,
  'money-words': 429,
  rate: 429,
  'rate-told': 429,
  overload: 503,
  'server-error': 500,
}

/** Fails before an answer begins. Returns false if the fault comes later, or in the other kind of answer only. */
const refuse = (response: ServerResponse, fault: Fault, stream: boolean): boolean => {
  const status = statuses[fault]
  if (fault === 'reset') response.destroy()
  if (fault === 'reset' || fault === 'hang') return true
  const code = fault === 'money-words' || fault.startsWith('error-') ? 'insufficient_quota' : fault
  const error = JSON.stringify({ error: { message: `This is ${fault}.`, code } })
  if (status !== undefined) {
    response.writeHead(status, fault === 'rate-told' ? { 'retry-after': '30' } : {}).end(error)
    return true
  }
  if (fault === 'error-in-answer' && !stream) response.setHeader('content-type', 'application/json').end(error)
  else if (fault === 'error-event' && stream)
    response.setHeader('content-type', 'text/event-stream').end(`data: ${error}\n\n`)
  else return false
  return true
}

const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 }

const toAnswer = (name: string) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'chat',
  choices: [{ index: 0, message: { role: 'assistant', content: `${name} `.repeat(3) }, finish_reason: 'stop' }],
  usage,
})

const sendStream = (response: ServerResponse, name: string, isCut: boolean): void => {
  const common = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'chat' }
  const send = (fields: object): void => void response.write(`data: ${JSON.stringify({ ...common, ...fields })}\n\n`)
  const say = (content: string, finish_reason: string | null = null): void =>
    send({ choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason }] })
  response.setHeader('content-type', 'text/event-stream')
  say(`${name} `)
  if (isCut) return void setImmediate(() => response.destroy())
  say(`${name} `)
  say(`${name} `, 'stop')
  send({ choices: [], usage })
  response.end('data: [DONE]\n\n')
}
