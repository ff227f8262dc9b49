import { GatewayError } from '../protocol/errors.ts'

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

type Phase = 'connect' | 'firstByte' | 'idle'

const messages: Readonly<Record<Phase | 'total', string>> = {
  connect: 'The provider could not be reached in time. Try again.',
  firstByte: 'The provider did not begin its answer in time. Try again, or choose another model.',
  idle: 'The provider stopped in the middle of its answer.',
  total: 'The answer took too long and was ended. Ask for less, or stream it.',
}

/** The clocks of one upstream request: one for the phase it is in, one for the whole. The first to run out calls `expire`
 *  once, with upstream_timeout (504). */
export class Deadlines {
  private readonly timeouts: Timeouts
  private readonly expire: (error: GatewayError) => void
  private readonly total: NodeJS.Timeout
  private phase: Phase | undefined
  private phaseClock: NodeJS.Timeout | undefined

  constructor(timeouts: Timeouts, expire: (error: GatewayError) => void) {
    this.timeouts = timeouts
    this.expire = expire
    this.total = this.clock('total')
  }

  /** Starts the clock of the next phase in place of the last one's; within a phase, winds it up again. */
  enter(phase: Phase): void {
    if (phase === this.phase) {
      this.phaseClock?.refresh()
      return
    }
    this.hold()
    this.phase = phase
    this.phaseClock = this.clock(phase)
  }

  /** Stops the phase's clock: it is not the provider who is waited for. */
  hold(): void {
    clearTimeout(this.phaseClock)
    this.phase = undefined
  }

  stop(): void {
    this.hold()
    clearTimeout(this.total)
  }

  private clock(name: Phase | 'total'): NodeJS.Timeout {
    const expired = () => {
      this.stop()
      const mayHaveCost = name !== 'connect'
      const headers = mayHaveCost ? { 'x-should-retry': 'false' } : {}
      this.expire(new GatewayError(504, 'upstream_timeout', messages[name], { headers }))
    }
    return setTimeout(expired, this.timeouts[name])
  }
}
