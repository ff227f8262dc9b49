/** Counts the tokens of a text as it passes and keeps next to nothing of it. */
export interface TokenCounter {
  readonly add: (text: string) => void
  /** The estimate so far; 0 only where no text has passed. */
  readonly tokens: () => number
}

/** What a character is to a tokenizer. Runs of `word` and `mark` characters count once, the others each by itself. */
type Kind = 'ideograph' | 'wide' | 'syllable' | 'letter' | 'surrogate' | 'digit' | 'word' | 'mark' | 'space' | 'break'

/** Tokens per character, or per run of `word` and `mark`. Fitted to `o200k_base` on the samples of `bench/token-samples.ts`;
 *  figures in docs/decisions/0033-token-estimate.md. */
const weights: Readonly<Record<Kind, number>> = {
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
const mostUncounted = 65_536

/** A counter for one text. Where its pieces are cut makes no difference. Text is counted when its tokens are asked for, or when
 *  much has come: of most answers they never are, because the provider states them. */
export const tokenCounter = (): TokenCounter => {
  let uncounted = ''
  let tokens = 0
  let last: Kind = 'space'
  let run = 0
  let passed = false
  const count = (): void => {
    passed ||= uncounted !== ''
    for (let index = 0; index < uncounted.length; index++) {
      const kind = kindOf(uncounted.charCodeAt(index))
      run = kind === last ? run + 1 : 1
      last = kind
      tokens += tokensAt(kind, run)
    }
    uncounted = ''
  }
  return {
    add: (text) => {
      uncounted += text
      if (uncounted.length > mostUncounted) count()
    },
    tokens: () => {
      count()
      return Math.ceil(tokens) || Number(passed)
    },
  }
}

const tokensAt = (kind: Kind, run: number): number => {
  if (kind !== 'word' && kind !== 'mark') return weights[kind]
  if (run === 1) return weights[kind]
  if (kind === 'mark') return furtherMark
  return run > wordLetters ? 1 / lettersPerFurtherToken : 0
}

/** Estimates the tokens of a whole text. */
export const estimateTokens = (text: string): number => {
  const counter = tokenCounter()
  counter.add(text)
  return counter.tokens()
}

const kindOf = (code: number): Kind => (code < 0x80 ? asciiKinds[code] : kindBeyondAscii(code)) ?? 'letter'

const asciiKind = (character: string): Kind => {
  if (/[A-Za-z]/.test(character)) return 'word'
  if (/\d/.test(character)) return 'digit'
  if (character === '\n') return 'break'
  return /[\s\0]/.test(character) ? 'space' : 'mark'
}

const asciiKinds: readonly Kind[] = Array.from({ length: 0x80 }, (_, code) => asciiKind(String.fromCharCode(code)))

/** The blocks of Unicode 15 that differ to a tokenizer, each by its last code unit. */
const blocks: readonly (readonly [last: number, kind: Kind])[] = [
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

const kindBeyondAscii = (code: number): Kind | undefined => blocks.find(([last]) => code <= last)?.[1]
