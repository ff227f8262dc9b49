import type { TargetAttempt } from '../../protocol/attempt.ts'
import type { Call } from '../../protocol/call.ts'
import { type GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { Target } from '../../protocol/route.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { unavailableError } from '../errors/upstream-errors.ts'
import type { WholeExchange } from '../response/json-response.ts'
import type { StreamExchange } from '../response/stream-result.ts'
import { type AttemptVerdict, judgeAttempt } from './judge-attempt.ts'
import type { Rests } from './rests.ts'
import { noSlot, type ReleaseSlot } from './slots.ts'

/** A call, and the parts that its switching needs. */
export interface SwitchOptions {
  readonly call: Call
  /** Null: authentication is off. */
  readonly userId: string | null
  /** Aborts when the response is no longer needed. */
  readonly signal: CancelSignal
  /** Aborts when the client disconnects. No other target is tried then. */
  readonly clientSignal: CancelSignal
  /** Called when an attempt has failed, or when its response has begun. */
  readonly onAttempt: (target: Target, attempt: TargetAttempt) => void
  /** Whether text of a response has come. No other target is tried then: two responses would be mixed, and both billed. */
  readonly hasText: () => boolean
}

/** The response of a target. */
export type TargetResponse = WholeExchange | StreamExchange

/** An attempt that failed, and what follows from that. */
export interface FailedAttempt extends AttemptVerdict {
  readonly thrown: unknown
}

/** The state that the attempts of one call share. */
export interface AttemptContext {
  readonly rests: Rests
  readonly options: SwitchOptions
  readonly call: (target: Target) => Promise<TargetResponse>
  readonly takeSlot: (target: Target) => Promise<ReleaseSlot | undefined>
}

/** Calls the only target of a route, whether it rests or not. It is no attempt among several, so the record names none.
 *  @throws upstream_unavailable (503) if all its places are taken; the error of the call */
export const callOnly = async (target: Target, context: AttemptContext): Promise<TargetResponse> => {
  const options = { ...context.options, onAttempt: () => undefined }
  const result = await tryTarget(target, { ...context, options })
  if (result === 'full') throw unavailableError(0, false)
  if ('thrown' in result) throw result.thrown
  return result
}

/** Calls one target, and reports the result to the rests and to the caller. Resolves with `full` if all places of the
 *  target are taken. */
export const tryTarget = async (
  target: Target,
  { rests, options, call, takeSlot }: AttemptContext,
): Promise<TargetResponse | FailedAttempt | 'full'> => {
  const release = target.maxConcurrency === undefined ? noSlot : await takeSlot(target)
  if (!release) return 'full'
  const begunAt = performance.now()
  const end = rests.begin(target)
  try {
    const response = await call(target)
    end('works')
    options.onAttempt(target, { target: target.name, status: 200, error: null, ms: getDurationMs(begunAt) })
    if (response.kind === 'stream') return watchEnd(response, release, (error) => countFailure(rests, target, error))
    if (release !== noSlot) await release()
    return response
  } catch (thrown) {
    const verdict = judgeAttempt(thrown, target)
    end(verdict.failure ?? 'unknown')
    options.onAttempt(target, { target: target.name, ...describeFailure(thrown), ms: getDurationMs(begunAt) })
    await release()
    return { ...verdict, thrown }
  }
}

const getDurationMs = (begunAt: number): number => Math.round(performance.now() - begunAt)

/** A stream that the provider breaks off counts as a failure of its target, although no other can be tried. */
const countFailure = (rests: Rests, target: Target, error: GatewayError): void => {
  const { failure } = judgeAttempt(error, target)
  if (failure) rests.addFailure(target, failure)
}

/** The status of the provider's response, and the code of our error. */
const describeFailure = (thrown: unknown): Pick<TargetAttempt, 'status' | 'error'> => {
  if (!isGatewayError(thrown)) return { status: null, error: 'internal_error' }
  const { upstream_status: status } = thrown.options.log ?? {}
  return { status: typeof status === 'number' ? status : null, error: thrown.code }
}

/** Gives the place of a stream back when it is over, and reports the error that ended it. */
const watchEnd = (
  response: StreamExchange,
  release: ReleaseSlot,
  onError: (error: GatewayError) => void,
): StreamExchange => ({
  kind: 'stream',
  pipeTo: async (client, onWrite) => {
    try {
      const result = await response.pipeTo(client, onWrite)
      if (result.error) onError(result.error)
      return result
    } finally {
      await release()
    }
  },
})
