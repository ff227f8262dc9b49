/** The result of a check. `review`: the service is in doubt; the text goes on, and the record names it. `unchecked`: nothing
 *  has seen the text, or not all of it. */
export type VerdictKind = 'pass' | 'review' | 'block' | 'unchecked'

/** The result of a check. It never holds text. */
export interface Verdict {
  readonly kind: VerdictKind
  /** The subject of the text, in the checker's own words, such as a heading of the word list or a label of a service. */
  readonly label?: string | undefined
  /** How sure a service is, from 0 to 100. */
  readonly score?: number | undefined
  /** Where the found text begins: characters of UTF-16 from the beginning of the checked text. */
  readonly at?: number | undefined
  /** Whether the text must not go out although it was not checked: the checker failed, and the owner wants that. */
  readonly isRefused?: boolean
}

/** Whether a text must not go out. */
export const isStopping = ({ kind, isRefused = false }: Verdict): boolean => kind === 'block' || isRefused

/** The context of a text that a checker gets. */
export interface CheckedText {
  readonly text: string
  /** Joins the pieces of one prompt, or of one answer. */
  readonly sessionId: string
  /** The CloudBase user id; null if there is none. */
  readonly userId: string | null
}

/** Checks a text of at most `maxLength` characters.
 *  @throws if the checker cannot be reached, is too slow, or refuses to work */
export type CheckText = (checked: CheckedText) => Promise<Verdict>

/** The verdict of a call, as its usage record has it. */
export interface SafetyNote {
  readonly verdict: VerdictKind
  /** The text that the verdict is about: prompt or answer. */
  readonly part: 'prompt' | 'answer'
  /** Who found it: `words` or the name of a service. */
  readonly by: string
  readonly label?: string | undefined
  readonly score?: number | undefined
  readonly at?: number | undefined
}

/** A service that checks texts. */
export interface CheckService {
  /** Its name in records. */
  readonly name: string
  /** The most characters of one check. */
  readonly maxLength: number
  /** Checks a text. */
  readonly check: CheckText
}
