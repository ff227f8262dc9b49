import type { JsonObject } from '../../runtime/json.ts'
import { checkWords } from '../words/check-words.ts'
import { joinTexts, listChoiceTexts, readAside, readLogprobTokens } from './choice-texts.ts'
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
  /** Whether a token that the model did not choose is not allowed. */
  private hasBadToken = false

  constructor(checkers: AnswerCheckers) {
    this.checkers = checkers
  }

  get isBlocked(): boolean {
    return this.hasBadToken || [...this.texts.values()].some(({ isBlocked }) => isBlocked)
  }

  get isSettled(): boolean {
    return this.isBlocked || [...this.texts.values()].every(({ isSettled }) => isSettled)
  }

  /** Adds a chunk's part of the choice. A reason to finish is not its end: some providers write one in each chunk.
   *  @param response the chunk, whose fields beside its choices may hold texts */
  add(choice: JsonObject, response: JsonObject, write: () => string): void {
    if (this.isBlocked) return
    const pieces = listChoiceTexts(choice)
    const ends = pieces.map(({ path, text }) => {
      const check = this.texts.get(path) ?? this.open(path)
      return [check, check.add(text)] as const
    })
    for (const aside of [readAside(choice), readAside(response)]) if (aside !== '') ends.push(this.checkAside(aside))
    this.checkTokens(choice)
    this.held.push({ write, text: joinTexts(pieces), ends })
  }

  private open(key: string): TextCheck {
    const check = new TextCheck(this.checkers)
    this.texts.set(key, check)
    return check
  }

  /** Checks a text that has come whole. Many providers repeat it in each chunk. */
  private checkAside(text: string): HeldChunk['ends'][number] {
    const known = this.texts.get(`=${text}`)
    const check = known ?? this.open(`=${text}`)
    if (!known) {
      check.add(text)
      check.end()
    }
    return [check, check.length]
  }

  /** A service is not asked for single tokens. */
  private checkTokens(choice: JsonObject): void {
    const { words, onVerdict } = this.checkers
    const found = words && checkWords(words, readLogprobTokens(choice))
    if (!found) return
    this.hasBadToken = true
    onVerdict({ ...found, at: undefined }, 'words')
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
