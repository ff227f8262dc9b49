import type { TargetAttempt } from '../../protocol/attempt.ts'
import type { Call } from '../../protocol/call.ts'
import { type GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { Target } from '../../protocol/route.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { unavailableError } from '../errors/upstream-errors.ts'
import type { WholeExchange } from '../response/json-response.ts'
import type { StreamExchange } from '../response/stream-result.ts'
import { judgeAttempt, type Verdict } from './judge-attempt.ts'
import type { Rests } from './rests.ts'
import type { ReleaseSlot } from './slots.ts'

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
export interface FailedAttempt extends Verdict {
  readonly thrown: unknown
}

/** The state that the attempts of one call share. */
export interface AttemptContext {
  readonly rests: Rests
  readonly options: SwitchOptions
  readonly call: (target: Target) => Promise<TargetResponse>
  readonly takeSlot: (target: Target) => Promise<ReleaseSlot | undefined>
}

/** Calls the only target of a route, which has `max_concurrency`.
 *  @throws upstream_unavailable (503) if all its places are taken */
export const callOnly = async (target: Target, { call, takeSlot }: AttemptContext): Promise<TargetResponse> => {
  const release = await takeSlot(target)
  if (!release) throw unavailableError(0, false)
  try {
    return await watchEnd(await call(target), release)
  } catch (thrown) {
    await release()
    throw thrown
  }
}

/** Calls one target, and reports the result to the rests and to the caller. Resolves with `full` if all places of the
 *  target are taken. */
export const tryTarget = async (
  target: Target,
  { rests, options, call, takeSlot }: AttemptContext,
): Promise<TargetResponse | FailedAttempt | 'full'> => {
  const release = await takeSlot(target)
  if (!release) return 'full'
  const begunAt = performance.now()
  const report = (status: number | null, error: string | null): void =>
    options.onAttempt(target, { target: target.name, status, error, ms: Math.round(performance.now() - begunAt) })
  const end = rests.begin(target)
  try {
    const response = await call(target)
    end('works')
    report(200, null)
    return await watchEnd(response, release, (error) => {
      const { failure } = judgeAttempt(error, target)
      if (failure) rests.addFailure(target, failure)
    })
  } catch (thrown) {
    const verdict = judgeAttempt(thrown, target)
    end(verdict.failure ?? 'unknown')
    report(...describeFailure(thrown))
    await release()
    return { ...verdict, thrown }
  }
}

/** The status of the provider's response, and the code of our error. */
const describeFailure = (thrown: unknown): [status: number | null, code: string] => {
  if (!isGatewayError(thrown)) return [null, 'internal_error']
  const { upstream_status: status } = thrown.options.log ?? {}
  return [typeof status === 'number' ? status : null, thrown.code]
}

/** Gives the place of a response back when it is over. A stream that the provider breaks off counts as a failure of its
 *  target, although no other can be tried. */
const watchEnd = async (
  response: TargetResponse,
  release: ReleaseSlot,
  onError: (error: GatewayError) => void = () => undefined,
): Promise<TargetResponse> => {
  if (response.kind === 'whole') {
    await release()
    return response
  }
  return {
    ...response,
    pipeTo: async (client, onWrite) => {
      try {
        const result = await response.pipeTo(client, onWrite)
        if (result.error) onError(result.error)
        return result
      } finally {
        await release()
      }
    },
  }
}
