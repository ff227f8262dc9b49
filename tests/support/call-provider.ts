import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseCall } from '../../shared/protocol/call.ts'
import type { OperationName } from '../../shared/protocol/operations.ts'
import type { Route } from '../../shared/protocol/route.ts'
import { createProvider, type Provider } from '../../shared/providers/provider.ts'
import type { StreamResult } from '../../shared/providers/response/stream-result.ts'

/** Timeouts that no test runs into by accident, in milliseconds. */
export const timeouts = { connect: 2_000, firstByte: 5_000, idle: 5_000, total: 10_000 }

/** A route to a provider at an origin. */
export const routeTo = (origin: string, fields: Partial<Route> = {}): Route => ({
  model: 'm',
  provider: 'openai',
  apiBase: `${origin}/v1`,
  apiKey: 'sk-test-0123456789abcdef',
  upstreamModel: 'm',
  completionsMode: 'auto',
  streamUsage: 'auto',
  defaultParams: {},
  dropParams: [],
  maxTokens: undefined,
  prices: undefined,
  allowedGroups: undefined,
  ...fields,
})

const noUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

/** What came of a call. */
export interface Called {
  /** What a client would have read, without what the relay adds at the end. */
  readonly body: string
  /** How a stream ended. */
  readonly end: StreamResult | undefined
  /** All text heard. */
  readonly heard: string
}

export interface CallerOptions {
  readonly operation?: OperationName
  readonly signal?: AbortSignal
  readonly keepAliveMs?: number
}

/** Calls one provider room again and again, as the relay does, and reads each answer to its end. */
export const caller = (call: Provider = createProvider(timeouts, { allowPrivate: true })) => {
  return async (route: Route, body: object, options: CallerOptions = {}): Promise<Called> => {
    const { operation = 'chat/completions', signal = new AbortController().signal, keepAliveMs } = options
    const input = operation === 'completions' ? { prompt: 'hi' } : { messages: [{ role: 'user', content: 'hi' }] }
    const parsed = parseCall(operation, Buffer.from(JSON.stringify({ model: 'm', ...input, ...body })))
    let heard = ''
    const onText = (piece: string): void => {
      heard += piece
    }
    const answer = await call(route, parsed, { signal, onText, keepAliveMs })
    if (answer.kind === 'whole') return { body: answer.toBody(noUsage), end: undefined, heard }
    const client = new PassThrough()
    const read = text(client)
    const end = await answer.pipeTo(client)
    client.end()
    return { body: await read, end, heard }
  }
}
