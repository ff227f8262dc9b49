import type { ThinkingField } from '../../protocol/call.ts'
import type { Target } from '../../protocol/route.ts'
import { isCount } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { Effort, Place } from './thinking-styles.ts'

/** A request's wish about the thinking of a model. */
export interface Wish {
  readonly mode?: 'on' | 'off' | 'adaptive'
  readonly effort?: Effort
  /** A bound on the tokens of thinking. */
  readonly budget?: number
}

/** Returns undefined for a value that has no known meaning. */
type ReadWish = (value: unknown) => Wish | undefined

/** One word about thinking in a request: its place, its value, and how it is read. */
export interface Word {
  readonly place: Place
  readonly value: unknown
  readonly read: ReadWish
}

const readFrom =
  (words: Readonly<Record<string, Wish>>): ReadWish =>
  (value) =>
    typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined

const readMode = readFrom({
  enabled: { mode: 'on' },
  disabled: { mode: 'off' },
  adaptive: { mode: 'adaptive' },
  auto: { mode: 'adaptive' },
})

const readEffort = readFrom({
  none: { mode: 'off' },
  minimal: { effort: 'minimal' },
  low: { effort: 'low' },
  medium: { effort: 'medium' },
  high: { effort: 'high' },
  xhigh: { effort: 'xhigh' },
  max: { effort: 'max' },
  ultra: { effort: 'max' },
})

const readSwitch: ReadWish = (value) => (typeof value === 'boolean' ? { mode: value ? 'on' : 'off' } : undefined)

const readBudget: ReadWish = (value) => {
  if (!isCount(value)) return undefined
  return value === 0 ? { mode: 'off' } : { budget: value }
}

/** Reads a member that a vendor has beside its switch. It wants nothing of the thinking itself. */
export const readOption: ReadWish = () => ({})

/** The places in which requests speak of thinking, in the order in which they count. */
export const spellings: ReadonlyMap<Place, ReadWish> = new Map<ThinkingField | `${ThinkingField}.${string}`, ReadWish>([
  ['reasoning_effort', readEffort],
  ['thinking', readSwitch],
  ['thinking.type', readMode],
  ['thinking.budget_tokens', readBudget],
  ['thinking.effort', readEffort],
  ['thinking.keep', readOption],
  ['thinking.clear_thinking', readOption],
  ['thinking.display', readOption],
  ['enable_thinking', readSwitch],
  ['thinking_budget', readBudget],
  ['reasoning.effort', readEffort],
  ['reasoning.max_tokens', readBudget],
  ['reasoning.enabled', readSwitch],
  ['reasoning.exclude', readOption],
  ['reasoning.summary', readOption],
  ['output_config.effort', readEffort],
  ['chat_template_kwargs.enable_thinking', readSwitch],
  ['chat_template_kwargs.thinking', readSwitch],
  ['chat_template_kwargs.reasoning_effort', readEffort],
])

/** Finds the words about thinking in a request. Null counts as absent. */
export const findWords = (body: Readonly<JsonObject>): Word[] =>
  [...spellings].flatMap(([place, read]) => {
    const value = getAt(body, place)
    const hasMembers = place === 'thinking' && isObject(value)
    return value === undefined || value === null || hasMembers ? [] : [{ place, value, read }]
  })

/** What words mean together: off if one of them is off. Returns undefined if they want nothing, or if one of them has
 *  no known meaning.
 *  @param fixed `on` and `off` decide over the words, whatever they mean */
export const toWish = (words: readonly Word[], fixed: Target['thinking']): Wish | undefined => {
  const read = words.map(({ value, read }) => read(value))
  if (fixed === 'off') return { mode: 'off' }
  if (fixed === 'auto' && read.includes(undefined)) return undefined
  const wishes = read.filter((wish) => wish !== undefined)
  const mode = (['off', 'on', 'adaptive'] as const).find((each) => wishes.some((wish) => wish.mode === each))
  if (mode === 'off') return { mode: fixed === 'on' ? 'on' : 'off' }
  const effort = wishes.find((wish) => wish.effort)?.effort
  const budget = wishes.find((wish) => wish.budget)?.budget
  if (fixed === 'auto' && !mode && !effort && !budget) return undefined
  return { mode: mode ?? 'on', ...(effort && { effort }), ...(budget && { budget }) }
}

/** The two parts of a place. */
export const splitPlace = (place: Place): { readonly field: string; readonly member: string | undefined } => {
  const [field = '', member] = place.split('.')
  return { field, member }
}

const getAt = (body: Readonly<JsonObject>, place: Place): unknown => {
  const { field, member } = splitPlace(place)
  const value = body[field]
  if (member === undefined) return value
  return isObject(value) ? value[member] : undefined
}
