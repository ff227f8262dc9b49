import {
  type CheckedText,
  type CheckService,
  isStopping,
  type SafetyNote,
  type Verdict,
} from '../../protocol/safety.ts'
import type { Clock } from '../../runtime/clock.ts'
import { EscapeDecoder } from '../words/escapes.ts'
import type { WordAutomaton } from '../words/word-automaton.ts'
import { WordScanner } from '../words/word-scanner.ts'
import { ServiceWindows } from './service-windows.ts'

/** The checkers of an answer. */
export interface AnswerCheckers {
  readonly words: WordAutomaton | undefined
  readonly service: CheckService | undefined
  /** The context of the answer that the service gets. */
  readonly about: Omit<CheckedText, 'text'>
  /** Whether an answer is held back until all of it is checked. */
  readonly isWhole: boolean
  readonly clock: Clock
  /** Called with each verdict. */
  readonly onVerdict: (verdict: Verdict, by: SafetyNote['by']) => void
  /** Called when more text may go out, or none may any more, without a new piece. */
  readonly onChange: () => void
}

/** Checks one text of an answer, such as the content of a choice, while it comes. */
export class TextCheck {
  isBlocked = false
  /** The characters that have come, without those of an escape that is not complete. */
  length = 0
  private readonly escapes = new EscapeDecoder()
  private hasEnded = false
  private readonly checkers: AnswerCheckers
  private readonly scanner: WordScanner | undefined
  private readonly windows: ServiceWindows | undefined

  constructor(checkers: AnswerCheckers) {
    this.checkers = checkers
    const { words, service, about, isWhole, clock } = checkers
    this.scanner = words && new WordScanner(words)
    if (!service) return
    this.windows = new ServiceWindows({
      check: (text) => service.check({ ...about, text }),
      maxLength: service.maxLength,
      isWhole,
      clock,
      onVerdict: (verdict) => this.take(verdict, service.name),
      onCleared: checkers.onChange,
    })
  }

  /** The characters from the beginning that may go out. */
  get cleared(): number {
    const { isWhole } = this.checkers
    const byWords = this.hasEnded ? this.length : isWhole ? 0 : (this.scanner?.heldFrom ?? this.length)
    return Math.min(byWords, this.windows?.cleared ?? this.length)
  }

  /** Whether nothing waits for a verdict. */
  get isSettled(): boolean {
    return this.isBlocked || (this.windows?.isSettled ?? true)
  }

  /** Adds a piece. Returns how many characters have come, in the text whose escapes are decoded. */
  add(piece: string): number {
    if (piece !== '') this.hasEnded = false
    this.scan(this.escapes.push(piece))
    return this.length + (this.escapes.pending === '' ? 0 : 1)
  }

  /** Ends the text, as far as is known: what may be the beginning of a word is none. */
  end(): void {
    this.scan(this.escapes.end())
    this.hasEnded = true
    this.windows?.end()
  }

  /** Ends all checks. */
  stop(): void {
    this.windows?.stop()
  }

  private scan(text: string): void {
    this.length += text.length
    const found = this.isBlocked ? undefined : this.scanner?.push(text)
    if (found) this.take({ kind: 'block', ...found }, 'words')
    else this.windows?.add(text)
  }

  private take(verdict: Verdict, by: string): void {
    if (isStopping(verdict)) {
      this.isBlocked = true
      this.stop()
    }
    this.checkers.onVerdict(verdict, by)
    if (by !== 'words') this.checkers.onChange()
  }
}
