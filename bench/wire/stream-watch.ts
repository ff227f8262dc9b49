import { readStamps, sharedMicroseconds } from './stamp.ts'

/** The measurements of all streams of one order. */
export interface StreamTally {
  readonly firstByteMs: number[]
  readonly relayMs: number[]
  readonly gapMs: number[]
  held: number
  split: number
}

/** Creates an empty tally. */
export const emptyTally = (): StreamTally => ({ firstByteMs: [], relayMs: [], gapMs: [], held: 0, split: 0 })

/** Measures the arrival of the events of one stream. */
export class StreamWatch {
  private readonly tally: StreamTally
  private text = ''
  private arrivedAt: number | undefined
  private tail = ''

  constructor(tally: StreamTally) {
    this.tally = tally
  }

  /** Handles a piece of the body when it arrives. */
  take(piece: Buffer): void {
    const now = sharedMicroseconds()
    const text = piece.toString('latin1')
    this.tail = (this.tail + text).slice(-1_000)
    const whole = (this.text + text).lastIndexOf('\n\n')
    if (whole < 0) this.tally.split += 1
    const events = whole < 0 ? '' : (this.text + text).slice(0, whole + 2)
    this.text = (this.text + text).slice(events.length)
    this.arrive(readStamps(events), now)
  }

  /** Whether the stream ended with usage and `[DONE]`. */
  get isComplete(): boolean {
    return this.tail.includes('"total_tokens":74') && this.tail.endsWith('data: [DONE]\n\n')
  }

  private arrive(sentAt: readonly number[], now: number): void {
    if (sentAt.length === 0) return
    if (this.arrivedAt !== undefined) this.tally.gapMs.push((now - this.arrivedAt) / 1e3)
    this.arrivedAt = now
    for (const time of sentAt) this.tally.relayMs.push((now - time) / 1e3)
    this.tally.held += sentAt.length - 1
  }
}
