import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { between, pick, type Random, randomFrom } from './random.ts'
import { type LeftOpen, listening, textOf } from './server.ts'

/** What the provider did for one request: the truth that records are compared with. */
export interface UpstreamTruth {
  /** Whether any text was sent. */
  readonly answered: boolean
  /** The tokens it stated; undefined: it stated none. */
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } | undefined
}

export interface Upstream {
  readonly url: string
  readonly leftOpen: LeftOpen
  /** By the number of the request. */
  readonly truth: ReadonlyMap<number, UpstreamTruth>
  readonly close: () => Promise<void>
}

type Misdeed = 'none' | 'status-500' | 'status-429' | 'reset' | 'cut' | 'error-event' | 'no-usage' | 'stall'

/** A provider that answers requests, each by its number in the prompt (`n=1`), and misbehaves with a share of them. */
export const faultyUpstream = async ({ faults, seed }: { faults: number; seed: number }): Promise<Upstream> => {
  const truth = new Map<number, UpstreamTruth>()
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const text = await textOf(request)
      const number = Number(/n=(\d+)/.exec(text)?.[1])
      const random = randomFrom(seed * 1_000_003 + number)
      const misdeed = random() < faults ? pick(random, misdeeds) : 'none'
      const tell = (fact: Partial<UpstreamTruth>): void => {
        truth.set(number, { ...(truth.get(number) ?? { answered: false, usage: undefined }), ...fact })
      }
      if (text.includes('"stream":true')) await stream({ response, random, misdeed, tell })
      else await whole({ response, random, misdeed, tell })
    }
    answer().catch(() => response.destroy())
  })
  const { url, leftOpen, close } = await listening(server)
  return { url, leftOpen, truth, close }
}

const misdeeds: readonly (readonly [number, Misdeed])[] = [
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
  readonly misdeed: Misdeed
  readonly tell: (fact: Partial<UpstreamTruth>) => void
}

const refused = ({ response, misdeed }: Exchange): boolean => {
  if (misdeed === 'reset') response.destroy()
  else if (misdeed === 'status-500') response.writeHead(500).end('{"error":{"message":"failed"}}')
  else if (misdeed === 'status-429') response.writeHead(429).end('{"error":{"message":"too many"}}')
  else return false
  return true
}

const usageOf = (random: Random) => {
  const counts = { prompt_tokens: between(random, 1, 4_000), completion_tokens: between(random, 1, 4_000) }
  return { ...counts, total_tokens: counts.prompt_tokens + counts.completion_tokens }
}

const whole = async (exchange: Exchange): Promise<void> => {
  const { response, random, misdeed, tell } = exchange
  await sleep(between(random, 0, 20))
  if (refused(exchange)) return
  const usage = misdeed === 'no-usage' ? undefined : usageOf(random)
  const choices = [
    { index: 0, message: { role: 'assistant', content: 'an answer in one piece' }, finish_reason: 'stop' },
  ]
  const body = JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  if (misdeed === 'cut') return void response.write(body.slice(0, 40), () => response.destroy())
  if (misdeed === 'stall') return
  tell({ answered: true, usage })
  response.end(body)
}

const chunk = (choices: unknown[], more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more })}\n\n`

const stream = async (exchange: Exchange): Promise<void> => {
  const { response, random, misdeed, tell } = exchange
  await sleep(between(random, 0, 20))
  if (refused(exchange)) return
  const isLong = random() < 0.05
  const pieces = isLong ? 40 : between(random, 2, 10)
  const brokenAt =
    misdeed === 'cut' || misdeed === 'error-event' || misdeed === 'stall' ? between(random, 0, pieces) : -1
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let piece = 0; piece < pieces && !response.destroyed; piece++) {
    if (piece === brokenAt) return breakOff(exchange)
    tell({ answered: true })
    response.write(chunk([{ index: 0, delta: { content: `piece ${piece} ` }, finish_reason: null }]))
    await sleep(isLong ? 20 : between(random, 0, 10))
  }
  if (brokenAt === pieces) return breakOff(exchange)
  const usage = misdeed === 'no-usage' ? undefined : usageOf(random)
  if (!response.destroyed) tell({ usage })
  response.write(chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]))
  if (usage) response.write(chunk([], { usage }))
  response.end('data: [DONE]\n\n')
}

const breakOff = ({ response, misdeed }: Exchange): void => {
  if (misdeed === 'cut') response.destroy()
  if (misdeed === 'error-event') response.end('data: {"error":{"message":"overloaded"}}\n\n')
}
