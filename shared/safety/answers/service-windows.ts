import { isStopping, type Verdict } from '../../protocol/safety.ts'
import type { Clock } from '../../runtime/clock.ts'

/** The bounds of windows, in characters of UTF-16 and milliseconds. A service sees whole sentences where it can, and a
 *  found text of at most {@link windowBounds}`.tail` characters is never cut by the edge of a window. */
export const windowBounds = {
  /** A check begins when so much waits. */
  most: 300,
  /** It begins at the end of a sentence, if so much waits. */
  sentence: 100,
  /** It begins if a character has waited so long. */
  waitMs: 1_000,
  /** The part of a window that repeats the one before, so that the service sees the context. */
  overlap: 100,
  /** The end of a checked window stays back, because a found text may begin there. */
  tail: 30,
  /** It stays no longer than this after its check, if nothing follows. */
  tailMs: 3_000,
} as const

/** The options of {@link ServiceWindows}. */
export interface WindowOptions {
  /** Checks a text of at most `maxLength` characters. Never rejects. */
  readonly check: (text: string) => Promise<Verdict>
  readonly maxLength: number
  /** Whether all of the text is checked when it has ended, and nothing before. */
  readonly isWhole: boolean
  readonly clock: Clock
  /** Called with each verdict, when {@link ServiceWindows.cleared} has its new value. */
  readonly onVerdict: (verdict: Verdict) => void
  /** Called when time alone has cleared more. */
  readonly onCleared: () => void
}

/** Ends of sentences and lines, in Chinese and Latin script. */
const sentenceEnd = /[。！？；!?;\n]|\.\s/

/** Has one text checked by a service in windows, one after another. */
export class ServiceWindows {
  /** The characters that may go out. */
  cleared = 0
  private readonly options: WindowOptions
  /** The text from `start` on. */
  private text = ''
  private start = 0
  /** How much of the text has been checked. */
  private checked = 0
  private isChecking = false
  private isStopped = false
  private hasEnded = false
  private isDue = false
  private stopWait: (() => void) | undefined
  private stopTail: (() => void) | undefined

  constructor(options: WindowOptions) {
    this.options = options
  }

  /** Whether all that has come is checked. */
  get isSettled(): boolean {
    return this.isStopped || (!this.isChecking && this.checked === this.length)
  }

  private get length(): number {
    return this.start + this.text.length
  }

  /** Adds a piece of the text. */
  add(piece: string): void {
    if (this.isStopped || piece === '') return
    this.text += piece
    this.hasEnded = false
    this.stopTail?.()
    this.stopTail = undefined
    if (!this.options.isWhole) this.stopWait ??= this.options.clock.startTimer(windowBounds.waitMs, () => this.beDue())
    this.checkNext()
  }

  /** Checks what waits: nothing follows, as far as is known. */
  end(): void {
    this.hasEnded = true
    if (this.checked === this.length && !this.isChecking) this.clear(this.length)
    this.checkNext()
  }

  /** Ends all work. */
  stop(): void {
    this.isStopped = true
    this.stopWait?.()
    this.stopTail?.()
  }

  private beDue(): void {
    this.isDue = true
    this.checkNext()
  }

  private checkNext(): void {
    if (this.isChecking || this.isStopped || this.checked === this.length || !this.mayBegin()) return
    const { maxLength, check } = this.options
    this.stopWait?.()
    this.stopWait = undefined
    this.isDue = false
    const from = Math.max(this.start, this.checked - windowBounds.overlap)
    const to = Math.min(this.length, from + maxLength)
    this.isChecking = true
    void check(this.text.slice(from - this.start, to - this.start)).then((verdict) => this.take(verdict, from, to))
  }

  private mayBegin(): boolean {
    if (this.hasEnded || this.isDue) return true
    if (this.options.isWhole) return false
    const waiting = this.length - this.checked
    if (waiting >= windowBounds.most) return true
    return waiting >= windowBounds.sentence && sentenceEnd.test(this.text.slice(this.checked - this.start))
  }

  private take(verdict: Verdict, from: number, to: number): void {
    this.isChecking = false
    if (this.isStopped) return
    const at = verdict.at === undefined ? undefined : from + verdict.at
    if (isStopping(verdict)) this.stop()
    else this.pass(to)
    this.options.onVerdict({ ...verdict, at })
    this.checkNext()
  }

  private pass(to: number): void {
    const { clock, isWhole } = this.options
    this.checked = to
    const isLast = to === this.length
    if (this.hasEnded && isLast) this.clear(to)
    else if (!isWhole) this.clear(to - windowBounds.tail)
    const start = Math.max(this.start, to - windowBounds.overlap)
    this.text = this.text.slice(start - this.start)
    this.start = start
    if (!isLast && !isWhole) this.stopWait ??= clock.startTimer(windowBounds.waitMs, () => this.beDue())
    if (isLast && !isWhole && !this.hasEnded)
      this.stopTail = clock.startTimer(windowBounds.tailMs, () => {
        this.clear(to)
        this.options.onCleared()
      })
  }

  private clear(to: number): void {
    this.cleared = Math.max(this.cleared, to)
  }
}
