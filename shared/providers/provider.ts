import type { Writable } from 'node:stream'
import type { Call } from '../protocol/call.ts'
import type { Route, Target } from '../protocol/route.ts'
import type { OtherUnits, Outcome, Usage } from '../protocol/usage.ts'
import type { CancelSignal } from '../runtime/cancellation.ts'
import type { JsonObject } from '../runtime/json.ts'
import type { CreateExchange } from './exchange.ts'
import type { WholeExchange } from './response/json-response.ts'
import { keepAlive } from './response/keep-alive.ts'
import type { StreamExchange, StreamResult } from './response/stream-result.ts'
import type { SwitchTargets, TargetsOptions } from './targets/switching.ts'
import type { SwitchOptions } from './targets/try-target.ts'
import type { Timeouts } from './transport/deadlines.ts'
import { createTransport, type NetworkOptions } from './transport/http-transport.ts'
import { withRetry } from './transport/retry.ts'

/** A whole response, ready for the client. */
export interface WholeResponse {
  readonly kind: 'whole'
  /** The response in normal form. */
  readonly fields: JsonObject
  /** Creates the body. If the provider stated a usage that cannot be used, or a total alone, the body has the `counted` one,
   *  marked `estimated`, as streams do. */
  readonly toBody: (counted: Usage) => string
  /** The usage that the provider stated; undefined if it stated none that can be used. */
  readonly usage: Usage | undefined
  /** Units that the provider bills beside tokens. */
  readonly units?: OtherUnits | undefined
  /** Default: complete. */
  readonly outcome?: Outcome
  /** Whether it is the owner's sentence, which no model wrote. */
  readonly isOwn?: true
}

/** A response in events, which has begun. */
export interface StreamedResponse {
  readonly kind: 'stream'
  /** Whether it is the owner's sentence, which no model wrote. */
  readonly isOwn?: true
  /** Writes the events to the client until the stream is over. The client's connection stays open. */
  readonly pipeTo: (response: Writable) => Promise<StreamResult>
}

/** The caller of a provider: its cancel signals, the consumer of the text, and the wish for comments. */
export interface CallOptions extends Pick<SwitchOptions, 'userId' | 'clientSignal' | 'onAttempt'> {
  /** Aborts when the response is no longer needed. */
  readonly signal: CancelSignal
  /** Called with all text of the response, whole or piece by piece. */
  readonly onText: (text: string) => void
  /** Longest silence of a stream before the client gets a comment, in milliseconds. Default: no comments. */
  readonly keepAliveMs?: number | undefined
}

/** Sends a call to a target of a route and resolves when its response has begun.
 *  @throws upstream_* (4xx, 502, 503, 504), invalid_value (400), client_gone */
export type Provider = (route: Route, call: Call, options: CallOptions) => Promise<WholeResponse | StreamedResponse>

/** Creates the one entry of this room: calls and routes in, responses out. */
export const createProvider = (
  timeouts: Timeouts,
  network: NetworkOptions,
  targets: TargetsOptions,
  create: CreateExchange,
): Provider => {
  const send = create(withRetry(createTransport(timeouts, network)))
  let switching: SwitchTargets | undefined
  const loadSwitching = async (): Promise<SwitchTargets> => {
    const { createSwitching } = await import('./targets/switching.ts')
    switching ??= createSwitching(targets, timeouts.total / 2)
    return switching
  }

  /** Calls the only target of a route; of several, the first that responds. */
  const callTargets = (route: Route, call: Call, options: CallOptions): Promise<WholeExchange | StreamExchange> => {
    const { signal } = options
    const [first] = route.targets
    const repeats = route.targets.length === 1
    const endsAt = performance.now() + timeouts.total
    // Written out: copies of options cost more than the choice of a target (docs/decisions/0062-the-hot-path.md).
    const sendTo = (target: Target, onText: CallOptions['onText']) =>
      send({ call, target, signal, endsAt, repeats, onText })
    if (repeats && first.maxConcurrency === undefined && !targets.noteRest) return sendTo(first, options.onText)
    const switched = { call, options, send: sendTo }
    return switching
      ? switching(route, switched)
      : loadSwitching().then((switchTargets) => switchTargets(route, switched))
  }

  return async (route, call, options) => {
    const response = callTargets(route, call, options)
    const { keepAliveMs } = options
    if (!call.stream || !keepAliveMs) return addBody(await response, call)
    return keepAlive(response as Promise<StreamExchange>, keepAliveMs, call.reply)
  }
}

const addBody = (response: WholeExchange | StreamExchange, { reply }: Call): WholeResponse | StreamedResponse => {
  if (response.kind === 'stream') return response
  const { text, fields, usage, lacksCounts } = response
  const complete = (counted: Usage): Usage => ({ ...usage, ...counted, estimated: true })
  const toBody = (counted: Usage): string => {
    if (reply && !response.isNative)
      return JSON.stringify(reply.writeWhole(fields, usage && !lacksCounts ? usage : complete(counted)))
    return text ?? JSON.stringify(lacksCounts ? { ...fields, usage: complete(counted) } : fields)
  }
  return { ...response, toBody }
}
