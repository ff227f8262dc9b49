import { createServer, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LoopbackServer, listenOnLoopback } from '../servers/loopback-server.ts'
import { between, pick, type Random, randomFrom } from './random.ts'

/** What the provider did for one request. Records are compared with it. */
export interface UpstreamTruth {
  /** Whether the provider sent any text. */
  readonly answered: boolean
  /** The usage that the provider sent; undefined if it sent none. */
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } | undefined
}

/** A provider that records what it did. */
export interface Upstream extends Omit<LoopbackServer, 'port'> {
  /** What it did, by the number of the request. Each request that reached it has a row. */
  readonly truth: ReadonlyMap<number, UpstreamTruth>
}

type Fault = 'none' | 'status-500' | 'status-429' | 'reset' | 'cut' | 'error-event' | 'no-usage' | 'stall'

/** Starts a provider. Each prompt holds the number of its request (`n=1`), and a share of the responses has a fault. */
export const faultyUpstream = async ({ faults, seed }: { faults: number; seed: number }): Promise<Upstream> => {
  const truth = new Map<number, UpstreamTruth>()
  const server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      const text = await readText(request)
      const number = Number(/n=(\d+)/.exec(text)?.[1])
      const random = randomFrom(seed * 1_000_003 + number)
      const fault = random() < faults ? pick(random, faultShares) : 'none'
      const note = (fact: Partial<UpstreamTruth>): void => {
        truth.set(number, { ...(truth.get(number) ?? { answered: false, usage: undefined }), ...fact })
      }
      note({})
      if (text.includes('"stream":true')) await sendStream({ response, random, fault, note })
      else await sendWhole({ response, random, fault, note })
    }
    respond().catch(() => response.destroy())
  })
  const { url, countOpenConnections, close } = await listenOnLoopback(server)
  return { url, countOpenConnections, truth, close }
}

const faultShares: readonly (readonly [number, Fault])[] = [
  [1, 'status-500'],
  [1, 'status-429'],
  [1, 'reset'],
  [3, 'cut'],
  [1, 'error-event'],
  [2, 'no-usage'],
  [1, 'stall'],
]

interface Exchange {
  readonly response: ServerResponse
  readonly random: Random
  readonly fault: Fault
  /** Adds to what is known of the request. */
  readonly note: (fact: Partial<UpstreamTruth>) => void
}

/** Sends an error instead of a response. Returns false if the fault is another one. */
const refuse = ({ response, fault }: Exchange): boolean => {
  if (fault === 'reset') response.destroy()
  else if (fault === 'status-500') response.writeHead(500).end('{"error":{"message":"failed"}}')
  else if (fault === 'status-429') response.writeHead(429).end('{"error":{"message":"too many"}}')
  else return false
  return true
}

const drawUsage = (random: Random) => {
  const counts = { prompt_tokens: between(random, 1, 4_000), completion_tokens: between(random, 1, 4_000) }
  return { ...counts, total_tokens: counts.prompt_tokens + counts.completion_tokens }
}

const sendWhole = async (exchange: Exchange): Promise<void> => {
  const { response, random, fault, note } = exchange
  await sleep(between(random, 0, 20))
  if (refuse(exchange)) return
  const usage = fault === 'no-usage' ? undefined : drawUsage(random)
  const choices = [
    { index: 0, message: { role: 'assistant', content: 'an answer in one piece' }, finish_reason: 'stop' },
  ]
  const body = JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  if (fault === 'cut') return void response.write(body.slice(0, 40), () => response.destroy())
  if (fault === 'stall') return
  note({ answered: true, usage })
  response.end(body)
}

const toEvent = (choices: unknown[], more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more })}\n\n`

const sendStream = async (exchange: Exchange): Promise<void> => {
  const { response, random, fault, note } = exchange
  await sleep(between(random, 0, 20))
  if (refuse(exchange)) return
  const isLong = random() < 0.05
  const pieces = isLong ? 40 : between(random, 2, 10)
  const brokenAt = fault === 'cut' || fault === 'error-event' || fault === 'stall' ? between(random, 0, pieces) : -1
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let piece = 0; piece < pieces && !response.destroyed; piece++) {
    if (piece === brokenAt) return breakStream(exchange)
    note({ answered: true })
    response.write(toEvent([{ index: 0, delta: { content: `piece ${piece} ` }, finish_reason: null }]))
    await sleep(isLong ? 20 : between(random, 0, 10))
  }
  if (brokenAt === pieces) return breakStream(exchange)
  const usage = fault === 'no-usage' ? undefined : drawUsage(random)
  if (!response.destroyed) note({ usage })
  response.write(toEvent([{ index: 0, delta: {}, finish_reason: 'stop' }]))
  if (usage) response.write(toEvent([], { usage }))
  response.end('data: [DONE]\n\n')
}

const breakStream = ({ response, fault }: Exchange): void => {
  if (fault === 'cut') response.destroy()
  if (fault === 'error-event') response.end('data: {"error":{"message":"overloaded"}}\n\n')
}
