/** Counts the tokens of a text as it passes and keeps next to nothing of it. */
export interface TokenEstimator {
  readonly add: (text: string) => void
  /** The estimate so far; 0 only where no text has passed. */
  readonly tokens: () => number
}

/** What a character is to a tokenizer. Runs of `word` and `mark` characters count once, the others each by itself. */
type CharKind =
  | 'ideograph'
  | 'wide'
  | 'syllable'
  | 'letter'
  | 'surrogate'
  | 'digit'
  | 'word'
  | 'mark'
  | 'space'
  | 'break'

/** Tokens per character, or per run of `word` and `mark`. Fitted to `o200k_base` on the samples of `bench/token-samples.ts`;
 *  figures in docs/decisions/0033-token-estimate.md. */
const weights: Readonly<Record<CharKind, number>> = {
  ideograph: 0.74,
  wide: 0.8,
  syllable: 0.75,
  letter: 0.4,
  surrogate: 0.9,
  digit: 0.4,
  word: 1.03,
  mark: 0.8,
  space: 0,
  break: 0.6,
}

/** Letters of one word beyond which it is cut into further tokens, and how many make one. */
const wordLetters = 12
const lettersPerFurtherToken = 4

/** Tokens of each mark that follows another. */
const furtherMark = 0.25

/** Text kept to be counted later, in UTF-16 code units. */
const maxUncounted = 65_536

/** A counter for one text. Where its pieces are cut makes no difference. Text is counted when its tokens are asked for, or when
 *  much has come: of most answers they never are, because the provider states them. */
export const createTokenEstimator = (): TokenEstimator => {
  let uncounted = ''
  let tokens = 0
  let last: CharKind = 'space'
  let run = 0
  let passed = false
  const count = (): void => {
    passed ||= uncounted !== ''
    for (let index = 0; index < uncounted.length; index++) {
      const kind = getCharKind(uncounted.charCodeAt(index))
      run = kind === last ? run + 1 : 1
      last = kind
      tokens += getTokensAt(kind, run)
    }
    uncounted = ''
  }
  return {
    add: (text) => {
      uncounted += text
      if (uncounted.length > maxUncounted) count()
    },
    tokens: () => {
      count()
      return Math.ceil(tokens) || Number(passed)
    },
  }
}

const getTokensAt = (kind: CharKind, run: number): number => {
  if (kind !== 'word' && kind !== 'mark') return weights[kind]
  if (run === 1) return weights[kind]
  if (kind === 'mark') return furtherMark
  return run > wordLetters ? 1 / lettersPerFurtherToken : 0
}

/** Estimates the tokens of a whole text. */
export const estimateTokens = (text: string): number => {
  const counter = createTokenEstimator()
  counter.add(text)
  return counter.tokens()
}

const getCharKind = (code: number): CharKind => (code < 0x80 ? asciiKinds[code] : getUnicodeKind(code)) ?? 'letter'

const toAsciiKind = (character: string): CharKind => {
  if (/[A-Za-z]/.test(character)) return 'word'
  if (/\d/.test(character)) return 'digit'
  if (character === '\n') return 'break'
  return /[\s\0]/.test(character) ? 'space' : 'mark'
}

const asciiKinds: readonly CharKind[] = Array.from({ length: 0x80 }, (_, code) =>
  toAsciiKind(String.fromCharCode(code)),
)

/** The blocks of Unicode 15 that differ to a tokenizer, each by its last code unit. */
const blocks: readonly (readonly [last: number, kind: CharKind])[] = [
  [0x1fff, 'letter'],
  [0x206f, 'wide'],
  [0x2e7f, 'letter'],
  [0x303f, 'wide'],
  [0x33ff, 'syllable'],
  [0x9fff, 'ideograph'],
  [0xabff, 'letter'],
  [0xd7ff, 'syllable'],
  [0xdfff, 'surrogate'],
  [0xf8ff, 'letter'],
  [0xfaff, 'ideograph'],
  [0xffff, 'wide'],
]

const getUnicodeKind = (code: number): CharKind | undefined => blocks.find(([last]) => code <= last)?.[1]
