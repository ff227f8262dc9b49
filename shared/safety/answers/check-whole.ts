import type { SafetyNote, Verdict } from '../../protocol/safety.ts'
import { type JsonObject, listObjects } from '../../runtime/json.ts'
import { listChoiceTexts } from './choice-texts.ts'
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

/** Checks the choices of a whole chat or completion, each on its own. Of a blocked one the client gets nothing but its end. */
export const checkWhole = async (fields: JsonObject, options: WholeOptions): Promise<CheckedAnswer> => {
  const choices = listObjects(fields['choices'])
  const checked = await Promise.all(choices.map((choice) => checkChoice(choice, options)))
  const isFiltered = checked.some(({ isBlocked }) => isBlocked)
  return {
    fields: isFiltered ? { ...fields, choices: checked.map(({ choice }) => choice) } : fields,
    isFiltered,
    text: checked.map(({ text }) => text).join(''),
  }
}

const checkChoice = async (choice: JsonObject, options: WholeOptions) => {
  const texts = listChoiceTexts(choice)
  const results = await Promise.all(texts.map(({ text }) => isAllowed(text, options)))
  const isBlocked = results.includes(false)
  if (!isBlocked) return { choice, isBlocked, text: texts.map(({ text }) => text).join('') }
  return { choice: toBlockedChoice(choice, options.sentence), isBlocked, text: '' }
}

const isAllowed = (text: string, options: WholeOptions): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (): void => {
      if (check.isSettled) resolve(!check.isBlocked)
    }
    const check = new TextCheck({ ...options, isWhole: true, onChange: settle })
    check.add(text)
    check.end()
    settle()
  })

const toBlockedChoice = ({ index, text }: JsonObject, content: string | undefined): JsonObject => {
  const end = { index, logprobs: null, finish_reason: 'content_filter' }
  return text === undefined
    ? { ...end, message: { role: 'assistant', content: content ?? null, refusal: null } }
    : { ...end, text: content ?? '' }
}
