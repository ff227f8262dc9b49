import { type TextCall, thinkingFields } from '../../protocol/call.ts'
import { getKnownProvider } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { adaptEarlierThoughts } from './earlier-thoughts.ts'
import { type Effort, fallbackStyle, type Place, type ThinkingStyle, thinkingStyles } from './thinking-styles.ts'
import { findWords, readOption, spellings, splitPlace, toWish, type Wish, type Word } from './thinking-words.ts'

/** Adapts the fields of a call about thinking to a provider, and the thoughts of its earlier turns. Few calls need it, so it
 *  is bundled apart. */
export const adaptThinking = (target: Target, call: TextCall): TextCall =>
  adaptEarlierThoughts(target, translateThinking(target, call))

/** Translates the words of a call about thinking, OpenAI's or any known vendor's words, into the words of the target's
 *  provider. The client's fields replace the target's defaults. A call in the provider's own words, or with a
 *  word that has no known meaning, goes unchanged. The target's `thinking` decides over both. If a wire has translated the
 *  client's words and those of the provider are not known, they are left out: coding tools always send them. */
export const translateThinking = (target: Target, call: TextCall): TextCall => {
  const { thinking: fixed, defaultParams, dropParams } = target
  const style = getStyle(target)
  if (!style && fixed === 'auto') return call.endpoint ? { ...call, body: omit(call.body, thinkingFields) } : call
  const words = findWords(omit(call.body, dropParams))
  const defaultWords = findWords(defaultParams)
  if (words.length === 0 && fixed === 'auto') return call
  const wish = toWish(words.length > 0 ? words : defaultWords, fixed)
  if (!wish) return call
  if (style && defaultWords.length === 0 && hasOwnWords(style, words, wish)) return call
  const written = writeWish({ ...defaultParams, ...call.body }, wish, style ?? fallbackStyle)
  return { ...call, body: { ...call.body, ...keepEqual(written, call.body) } }
}

/** The style of a target's provider, without strengths if its model has none. */
const getStyle = memoizeWeak((target: Target): ThinkingStyle | undefined => {
  const provider = getKnownProvider(target)
  const style = provider && thinkingStyles[provider]
  if (style?.effort?.models?.test(target.upstreamModel) !== false) return style
  const { effort: _, ...rest } = style
  return rest
})

const omit = (body: Readonly<JsonObject>, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)))

/** Whether words are all the provider's own, and agree with each other and with the wish. */
const hasOwnWords = (style: ThinkingStyle, words: readonly Word[], wish: Wish): boolean => {
  const own = getThinkingWords(style)
  const isOff = wish.mode === 'off'
  return (
    words.length > 0 &&
    words.every(({ place, value, read }) => {
      const known = own.get(place)
      const { mode, effort, budget } = read(value) ?? {}
      const agrees = isOff ? !effort && !budget && mode !== 'on' && mode !== 'adaptive' : mode !== 'off'
      return agrees && (known === 'any' || known?.includes(value))
    })
  )
}

/** The words of a style: the values of each place. */
const getThinkingWords = memoizeWeak((style: ThinkingStyle): ReadonlyMap<Place, readonly unknown[] | 'any'> => {
  const { on, off, adaptive = {}, effort, budget, also = {} } = style
  const own = new Map<Place, readonly unknown[] | 'any'>()
  const add = (place: Place, values: readonly unknown[] | 'any'): void => {
    const known = own.get(place) ?? []
    own.set(place, known === 'any' || values === 'any' ? 'any' : [...known, ...values])
  }
  for (const fields of [on, off, adaptive]) for (const [place, value] of Object.entries(fields)) add(place, [value])
  if (effort) add(effort.place, Object.values(effort.words))
  if (budget) add(budget.place, 'any')
  for (const [place, values] of Object.entries(also)) add(place, values)
  return own
})

/** The fields about thinking for the provider; undefined for one that is not sent. */
const writeWish = (body: Readonly<JsonObject>, wish: Wish, style: ThinkingStyle): JsonObject => {
  const { on, off, adaptive = on } = style
  const written = removeWords(body, style)
  const switched = { on, off, adaptive }[wish.mode ?? 'on']
  const fields = wish.mode === 'off' ? switched : { ...switched, ...toStrength(wish, style) }
  for (const [place, value] of Object.entries(fields)) setAt(written, place, value)
  return written
}

/** How hard the model is to think, in the provider's words: an effort if the provider has efforts, otherwise a budget. */
const toStrength = ({ effort, budget }: Wish, { effort: efforts, budget: bound }: ThinkingStyle): JsonObject => {
  if (efforts && effort) return { [efforts.place]: efforts.words[effort] }
  if (efforts && budget && !bound) return { [efforts.place]: efforts.words[toEffort(budget)] }
  const tokens = budget ?? (effort && bound?.tokens?.[effort])
  return bound && tokens ? { [bound.place]: tokens } : {}
}

/** The largest budget of each strength but the last, in tokens: the steps that CLIProxyAPI converts by. */
const effortBudgets: readonly (readonly [number, Effort])[] = [
  [512, 'minimal'],
  [1_024, 'low'],
  [8_192, 'medium'],
  [24_576, 'high'],
]

const toEffort = (budget: number): Effort => effortBudgets.find(([largest]) => budget <= largest)?.[1] ?? 'xhigh'

/** Objects about nothing but thinking. A vendor that has no such object does not get what remains of them. */
const thinkingObjects: ReadonlySet<string> = new Set(['thinking', 'reasoning'])

/** The fields about thinking without what they want; options that the provider has stay. A field that is not sent any
 *  more is undefined. */
const removeWords = (body: Readonly<JsonObject>, { on, also = {} }: ThinkingStyle): JsonObject => {
  const owned = new Set(Object.keys({ ...on, ...also }).map((place) => splitPlace(place).field))
  const fields = thinkingFields.filter((field) => body[field] !== undefined)
  return Object.fromEntries(
    fields.map((field) => {
      const isForeign = thinkingObjects.has(field) && !owned.has(field)
      return [field, isForeign ? undefined : removeMembers(field, body[field], also)]
    }),
  )
}

/** The rest of an object; undefined if it is empty. */
const removeMembers = (field: string, value: unknown, options: object): JsonObject | undefined => {
  const rest = Object.entries(isObject(value) ? value : {}).filter(([member]) => {
    const place = `${field}.${member}`
    const read = spellings.get(place)
    return read === undefined || (read === readOption && place in options)
  })
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}

const setAt = (body: JsonObject, place: Place, value: unknown): void => {
  const { field, member } = splitPlace(place)
  body[field] = member === undefined ? value : { ...(isObject(body[field]) ? body[field] : {}), [member]: value }
}

/** A value that is equal to the client's keeps its bytes. */
const keepEqual = (written: JsonObject, sent: Readonly<JsonObject>): JsonObject => {
  const isEqual = (field: string): boolean => JSON.stringify(written[field]) === JSON.stringify(sent[field])
  return Object.fromEntries(
    Object.entries(written).map(([field, value]) => [field, isEqual(field) ? sent[field] : value]),
  )
}
