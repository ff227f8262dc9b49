import { type FailureKind, GatewayError } from '../../protocol/errors.ts'

/** How long a provider may take, in milliseconds. */
export interface Timeouts {
  /** Until the connection is established, TLS included. */
  readonly connect: number
  /** From then until the first event of a stream, or the body of a whole response, begins. */
  readonly firstByte: number
  /** Between two events, or two pieces of a body. */
  readonly idle: number
  /** For the whole response. */
  readonly total: number
}

type DeadlinePhase = 'connect' | 'firstByte' | 'idle'

const timeoutMessages: Readonly<Record<DeadlinePhase | 'total', string>> = {
  connect: 'The provider could not be reached in time. Try again.',
  firstByte: 'The provider did not begin its response in time. Try again, or choose another model.',
  idle: 'The provider stopped in the middle of its response.',
  total: 'The response took too long and was ended. Ask for less, or stream it.',
}

const never = Number.POSITIVE_INFINITY

/** The deadlines of one upstream request: one for its current phase, which is `connect` at first, and one for the whole
 *  request. The first to pass calls `onExpire` once, with upstream_timeout (504). Both share one timer. A stream starts
 *  a phase with each event, so the timer is only set again if it would fire too late; if it fires too early, it is set
 *  for the rest. */
export class Deadlines {
  private readonly timeouts: Timeouts
  private readonly totalEndsAt: number
  private readonly onExpire: (error: GatewayError) => void
  private stopped = false
  private phase: DeadlinePhase = 'connect'
  private phaseEndsAt = never
  private timer: NodeJS.Timeout | undefined
  private timerEndsAt = never

  /** @param totalEndsAt deadline of the whole request, on the clock of `performance.now()` */
  constructor(timeouts: Timeouts, totalEndsAt: number, onExpire: (error: GatewayError) => void) {
    this.timeouts = timeouts
    this.totalEndsAt = totalEndsAt
    this.onExpire = onExpire
    this.startPhase('connect')
  }

  /** Starts the deadline of a phase, in place of the current one. */
  startPhase(phase: DeadlinePhase): void {
    if (this.stopped) return
    this.phase = phase
    this.phaseEndsAt = performance.now() + this.timeouts[phase]
    this.schedule()
  }

  /** Suspends the phase's deadline while we do not wait for the provider. The next `startPhase` ends the pause. */
  pause(): void {
    this.phaseEndsAt = never
  }

  /** Ends both deadlines for good. */
  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
  }

  private schedule(): void {
    const endsAt = Math.min(this.phaseEndsAt, this.totalEndsAt)
    if (endsAt >= this.timerEndsAt) return
    clearTimeout(this.timer)
    this.timerEndsAt = endsAt
    this.timer = setTimeout(() => this.onTimer(), Math.ceil(endsAt - performance.now()))
  }

  private onTimer(): void {
    this.timerEndsAt = never
    const expired = this.getExpired()
    if (!expired) {
      this.schedule()
      return
    }
    this.stop()
    this.onExpire(createDeadlineError(expired))
  }

  private getExpired(): DeadlinePhase | 'total' | undefined {
    const now = performance.now()
    if (now >= this.totalEndsAt) return 'total'
    return now >= this.phaseEndsAt ? this.phase : undefined
  }
}

/** After the connection is established, the model may have worked, and cost, already. Clients must not repeat the call
 *  then. */
const createDeadlineError = (expired: DeadlinePhase | 'total'): GatewayError => {
  const headers = expired === 'connect' ? {} : { 'x-should-retry': 'false' }
  return new GatewayError(504, 'upstream_timeout', timeoutMessages[expired], {
    headers,
    failure: failureKinds[expired],
  })
}

/** A response that began and stopped is an outage, like one that broke off. */
const failureKinds: Readonly<Record<DeadlinePhase | 'total', FailureKind>> = {
  connect: 'unreached',
  firstByte: 'timeout',
  idle: 'outage',
  total: 'outage',
}
