import type { SafetyNote, Verdict } from '../../protocol/safety.ts'
import { type JsonObject, listObjects } from '../../runtime/json.ts'
import { checkWords } from '../words/check-words.ts'
import { joinTexts, listChoiceTexts, pickIdentity, readAside, readLogprobTokens } from './choice-texts.ts'
import { type AnswerCheckers, TextCheck } from './text-check.ts'

/** A whole answer that is checked. */
export interface CheckedAnswer {
  readonly fields: JsonObject
  /** Whether a choice was blocked. */
  readonly isFiltered: boolean
  /** The text that the client gets. */
  readonly text: string
}

/** The options of {@link checkWhole}. */
export interface WholeOptions extends Omit<AnswerCheckers, 'isWhole' | 'onChange'> {
  /** What stands in for a blocked choice; undefined: nothing. */
  readonly sentence: string | undefined
  readonly onVerdict: (verdict: Verdict, by: SafetyNote['by']) => void
}

/** Checks the choices of a whole chat or completion, each on its own. Of a blocked one the client gets nothing but its end. If a
 *  text beside them is not allowed, all are blocked. */
export const checkWhole = async (fields: JsonObject, options: WholeOptions): Promise<CheckedAnswer> => {
  const choices = listObjects(fields['choices'])
  const isFree = await isAllowed(readAside(fields), options)
  const checked = await Promise.all(choices.map((choice) => checkChoice(choice, isFree, options)))
  const isFiltered = checked.some(({ isBlocked }) => isBlocked)
  const others = isFree ? fields : { ...pickIdentity(fields), usage: fields['usage'] }
  return {
    fields: isFiltered ? { ...others, choices: checked.map(({ choice }) => choice) } : fields,
    isFiltered,
    text: checked.map(({ text }) => text).join(''),
  }
}

const checkChoice = async (choice: JsonObject, isFree: boolean, options: WholeOptions) => {
  const texts = listChoiceTexts(choice)
  const all = [...texts.map(({ text }) => text), readAside(choice)]
  const results = isFree ? await Promise.all(all.map((text) => isAllowed(text, options))) : [false]
  const isBlocked = results.includes(false) || hasBadToken(choice, options)
  if (!isBlocked) return { choice, isBlocked, text: joinTexts(texts) }
  return { choice: toBlockedChoice(choice, options.sentence), isBlocked, text: '' }
}

/** A service is not asked for single tokens. */
const hasBadToken = (choice: JsonObject, { words, onVerdict }: WholeOptions): boolean => {
  const found = words && checkWords(words, readLogprobTokens(choice))
  if (found) onVerdict({ ...found, at: undefined }, 'words')
  return found !== undefined
}

const isAllowed = async (text: string, options: WholeOptions): Promise<boolean> =>
  text === '' ||
  new Promise((resolve) => {
    const settle = (): void => {
      if (check.isSettled) resolve(!check.isBlocked)
    }
    const check = new TextCheck({ ...options, isWhole: true, onChange: settle })
    check.add(text)
    check.end()
    settle()
  })

const toBlockedChoice = ({ index, text, message }: JsonObject, content: string | undefined): JsonObject => {
  const end = { index, logprobs: null, finish_reason: 'content_filter' }
  return text === undefined || message !== undefined
    ? { ...end, message: { role: 'assistant', content: content ?? null, refusal: null } }
    : { ...end, text: content ?? '' }
}
