import { GatewayError } from '../../protocol/errors.ts'

/** How long a provider may take, in milliseconds. */
export interface Timeouts {
  /** Until the connection stands, TLS included. */
  readonly connect: number
  /** From then until the answer's first event, or the body of a whole answer, begins. */
  readonly firstByte: number
  /** Between two events, or two pieces of a body. */
  readonly idle: number
  /** For the whole answer. */
  readonly total: number
}

type DeadlinePhase = 'connect' | 'firstByte' | 'idle'

const timeoutMessages: Readonly<Record<DeadlinePhase | 'total', string>> = {
  connect: 'The provider could not be reached in time. Try again.',
  firstByte: 'The provider did not begin its answer in time. Try again, or choose another model.',
  idle: 'The provider stopped in the middle of its answer.',
  total: 'The answer took too long and was ended. Ask for less, or stream it.',
}

const never = Number.POSITIVE_INFINITY

/** The clocks of one upstream request, which begins by connecting: one for the phase it is in, one for the whole. The first to
 *  run out calls `expire` once, with upstream_timeout (504). Both share a timer that is wound up only when it goes off, or would
 *  go off too late: a stream enters a phase with each event. */
export class Deadlines {
  private readonly timeouts: Timeouts
  private readonly expire: (error: GatewayError) => void
  private phase: DeadlinePhase = 'connect'
  private phaseEndsAt = never
  private totalEndsAt: number
  private timer: NodeJS.Timeout | undefined
  private timerEndsAt = never

  /** @param endsAt when the whole answer must be over, on the clock of `performance.now()` */
  constructor(timeouts: Timeouts, endsAt: number, expire: (error: GatewayError) => void) {
    this.timeouts = timeouts
    this.totalEndsAt = endsAt
    this.expire = expire
    this.startPhase('connect')
  }

  /** Starts the clock of the next phase in place of the last one's; within a phase, winds it up again. */
  startPhase(phase: DeadlinePhase): void {
    if (this.totalEndsAt === never) return
    this.phase = phase
    this.phaseEndsAt = performance.now() + this.timeouts[phase]
    this.schedule()
  }

  /** Stops the phase's clock: it is not the provider who is waited for. */
  pause(): void {
    this.phaseEndsAt = never
  }

  stop(): void {
    this.phaseEndsAt = never
    this.totalEndsAt = never
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
    const now = performance.now()
    const late = now >= this.totalEndsAt ? 'total' : now >= this.phaseEndsAt ? this.phase : undefined
    this.timerEndsAt = never
    if (late) this.end(late)
    else this.schedule()
  }

  private end(late: DeadlinePhase | 'total'): void {
    this.stop()
    const mayHaveCost = late !== 'connect'
    const headers = mayHaveCost ? { 'x-should-retry': 'false' } : {}
    this.expire(new GatewayError(504, 'upstream_timeout', timeoutMessages[late], { headers }))
  }
}
