import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseCall } from '../../shared/protocol/call.ts'
import type { OperationName } from '../../shared/protocol/operations.ts'
import type { Route, Target } from '../../shared/protocol/route.ts'
import { type CallOptions, createProvider, type Provider } from '../../shared/providers/provider.ts'
import type { StreamResult } from '../../shared/providers/response/stream-result.ts'
import type { TargetsOptions } from '../../shared/providers/targets/switching.ts'
import { createTextExchange } from '../../shared/providers/text-exchange.ts'

/** Timeouts that are long enough for every test, in milliseconds. */
export const timeouts = { connect: 2_000, firstByte: 5_000, idle: 5_000, total: 10_000 }

/** Creates a provider that may call loopback addresses, without log. */
export const createTestProvider = (limits = timeouts): Provider =>
  createProvider(limits, { allowPrivate: true }, makeTargetsOptions(), createTextExchange)

/** Creates what targets need: without log, without a store that instances share, with places for all. */
export const makeTargetsOptions = (fields: Partial<TargetsOptions> = {}): TargetsOptions => ({
  log: () => undefined,
  acquire: () => Promise.resolve(() => Promise.resolve()),
  readRests: () => Promise.resolve(undefined),
  addRest: () => Promise.resolve(),
  removeRests: () => Promise.resolve(),
  ...fields,
})

/** Creates the options of a call whose client stays. */
export const makeCallOptions = (fields: Partial<CallOptions> = {}): CallOptions => {
  const { signal } = new AbortController()
  const ignore = (): void => undefined
  return { signal, clientSignal: fields.signal ?? signal, userId: null, onText: ignore, onAttempt: ignore, ...fields }
}

/** Creates a target at an origin. */
export const targetAt = (origin: string, fields: Partial<Target> = {}): Target => ({
  name: 'm',
  tier: 0,
  group: 0,
  weight: 1,
  maxConcurrency: undefined,
  switchOn: [],
  provider: 'openai',
  apiBase: `${origin}/v1`,
  apiKey: 'sk-test-0123456789abcdef',
  upstreamModel: 'm',
  completionsMode: 'auto',
  streamUsage: 'auto',
  thinking: 'auto',
  jsonSchema: 'native',
  defaultParams: {},
  dropParams: [],
  maxTokens: undefined,
  prices: undefined,
  ...fields,
})

/** Creates a route with these targets. */
export const routeOver = (...targets: [Target, ...Target[]]): Route => ({
  model: 'm',
  allowedGroups: undefined,
  callerCaps: undefined,
  prices: undefined,
  targets,
})

/** Creates a route to a provider at an origin. */
export const routeTo = (origin: string, fields: Partial<Target> = {}): Route => routeOver(targetAt(origin, fields))

const noUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

/** The result of a call. */
export interface Called {
  /** The text that a client would read, without the end that the relay adds. */
  readonly body: string
  /** How a stream ended; undefined for a whole response. */
  readonly end: StreamResult | undefined
  /** All text that `onText` received. */
  readonly heard: string
}

export interface CallerOptions extends Partial<Omit<CallOptions, 'onText'>> {
  readonly operation?: OperationName
}

/** Creates a function that calls a provider as the relay does and reads each response to its end. */
export const caller = (call: Provider = createTestProvider()) => {
  return async (route: Route, body: object, options: CallerOptions = {}): Promise<Called> => {
    const { operation = 'chat/completions', ...given } = options
    const input = operation === 'completions' ? { prompt: 'hi' } : { messages: [{ role: 'user', content: 'hi' }] }
    const parsed = parseCall(operation, Buffer.from(JSON.stringify({ model: 'm', ...input, ...body })))
    let heard = ''
    const onText = (piece: string): void => {
      heard += piece
    }
    const answer = await call(route, parsed, makeCallOptions({ ...given, onText }))
    if (answer.kind === 'whole') return { body: answer.toBody(noUsage), end: undefined, heard }
    const client = new PassThrough()
    const read = text(client)
    const end = await answer.pipeTo(client)
    client.end()
    return { body: await read, end, heard }
  }
}
