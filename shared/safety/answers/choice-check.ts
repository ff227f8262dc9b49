import type { JsonObject } from '../../runtime/json.ts'
import { listChoiceTexts } from './choice-texts.ts'
import { type AnswerCheckers, TextCheck } from './text-check.ts'

/** A chunk of one choice that waits. `write` makes its event. */
interface HeldChunk {
  readonly write: () => string
  readonly text: string
  readonly ends: readonly (readonly [TextCheck, number])[]
}

/** What may go out of a choice. */
export interface Released {
  readonly events: string
  readonly text: string
}

/** Checks one choice of a stream. Its chunks go out in their order, each as a whole, when all of its texts are clear. */
export class ChoiceCheck {
  /** Whether a chunk of it has gone out. */
  hasBegun = false
  /** Whether its end was written because it is blocked. */
  isClosed = false
  private readonly checkers: AnswerCheckers
  private readonly texts = new Map<string, TextCheck>()
  private held: HeldChunk[] = []

  constructor(checkers: AnswerCheckers) {
    this.checkers = checkers
  }

  get isBlocked(): boolean {
    return [...this.texts.values()].some(({ isBlocked }) => isBlocked)
  }

  get isSettled(): boolean {
    return this.isBlocked || [...this.texts.values()].every(({ isSettled }) => isSettled)
  }

  /** Adds a chunk's part of the choice. */
  add(choice: JsonObject, write: () => string): void {
    if (this.isBlocked) return
    const pieces = listChoiceTexts(choice)
    const ends = pieces.map(({ path, text }) => {
      const check = this.texts.get(path) ?? new TextCheck(this.checkers)
      this.texts.set(path, check)
      return [check, check.add(text)] as const
    })
    this.held.push({ write, text: pieces.map(({ text }) => text).join(''), ends })
    const { finish_reason: reason } = choice
    if (reason !== null && reason !== undefined) this.end()
  }

  /** Ends its texts, as far as is known. */
  end(): void {
    for (const text of this.texts.values()) text.end()
  }

  /** Ends all checks. */
  stop(): void {
    for (const text of this.texts.values()) text.stop()
  }

  /** Takes what may go out. A blocked choice gets nothing more. */
  release(): Released {
    if (this.isBlocked) {
      this.held = []
      this.stop()
    }
    const first = this.held.findIndex(({ ends }) => ends.some(([check, end]) => check.cleared < end))
    const free = this.held.splice(0, first < 0 ? this.held.length : first)
    this.hasBegun ||= free.length > 0
    return { events: free.map(({ write }) => write()).join(''), text: free.map(({ text }) => text).join('') }
  }
}
