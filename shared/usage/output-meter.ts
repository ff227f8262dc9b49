import type { Usage } from '../protocol/usage.ts'

/** Counts the text of an answer as it passes, for the answers whose provider states no usage. */
export interface OutputMeter {
  readonly add: (text: string) => void
  /** Whether any text has passed. */
  readonly hasText: () => boolean
  /** An estimate of the usage, from the prompt's size and the text that passed. */
  readonly estimate: (promptText: string) => Usage
}

/** Code points of the scripts that tokenisers cut about once per character: CJK, kana, hangul, full-width forms. */
const wide = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/g
const tokensPerWideCharacter = 0.7
const tokensPerOtherCharacter = 0.25

/** Estimates the tokens of a text by its scripts. */
export const estimateTokens = (text: string): number => {
  const wideCharacters = text.match(wide)?.length ?? 0
  return Math.ceil(wideCharacters * tokensPerWideCharacter + (text.length - wideCharacters) * tokensPerOtherCharacter)
}

/** A meter for one answer. */
export const outputMeter = (): OutputMeter => {
  const pieces: string[] = []
  let hasText = false
  return {
    add: (text) => {
      if (text === '') return
      hasText = true
      pieces.push(text)
    },
    hasText: () => hasText,
    estimate: (promptText) => {
      const prompt = estimateTokens(promptText)
      const completion = estimateTokens(pieces.join(''))
      return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
    },
  }
}
