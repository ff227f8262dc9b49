/** Estimates the tokens of a text that comes in pieces. Stores little of it. */
export interface TokenEstimator {
  readonly add: (text: string) => void
  /** Returns the estimate so far; 0 only if no text was added. */
  readonly tokens: () => number
}

/** How a tokenizer treats a character. A run of `word` or `mark` characters counts once. All others count one by one. */
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

/** The most letters of a word that are one token. */
const maxWordLetters = 12

/** Letters for each further token of a longer word. */
const lettersPerFurtherToken = 4

/** Tokens of each further mark in a run. */
const tokensPerFurtherMark = 0.25

/** The most text that waits to be counted, in UTF-16 code units. */
const maxUncounted = 65_536

/** Creates an estimator for one text. The sizes of the pieces make no difference. Text is counted only when `tokens` is called or much
 *  text waits: for most responses it never is, because the provider sends the usage. */
export const createTokenEstimator = (): TokenEstimator => {
  let uncounted = ''
  let tokens = 0
  let last: CharKind = 'space'
  let run = 0
  let hasText = false
  const count = (): void => {
    hasText ||= uncounted !== ''
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
      return Math.ceil(tokens) || Number(hasText)
    },
  }
}

const getTokensAt = (kind: CharKind, run: number): number => {
  if (kind !== 'word' && kind !== 'mark') return weights[kind]
  if (run === 1) return weights[kind]
  if (kind === 'mark') return tokensPerFurtherMark
  return run > maxWordLetters ? 1 / lettersPerFurtherToken : 0
}

/** Estimates the tokens of a whole text. */
export const estimateTokens = (text: string): number => {
  const estimator = createTokenEstimator()
  estimator.add(text)
  return estimator.tokens()
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

/** The blocks of Unicode 15 that a tokenizer treats differently, each with its last code unit. */
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
