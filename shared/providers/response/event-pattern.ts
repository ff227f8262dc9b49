import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import type { ChoiceState } from '../normalize/choice-state.ts'
import { type Choice, getText } from '../normalize/choices.ts'
import { getChoices, type NormalizeOptions, type NormalResponse, normalize } from '../normalize/normalize.ts'
import { loneHalf, type TextSoFar } from '../normalize/text-so-far.ts'
import { statesUsage } from '../normalize/usage-fields.ts'

/** The parts of an event around its text. Most events of a stream differ from the one before in that text only. A JSON
 *  string can stand in the place of another one, so such an event parses as the one before, except for the text. */
interface EventPattern {
  readonly before: string
  readonly after: string
  /** The parts of the client's event around the text, which may be in several places. Undefined: it goes on as it came. */
  readonly output: readonly string[] | undefined
  /** Adds the text to the state of its choice. Returns false if it may do more, and the event must be read. */
  readonly take: (text: string) => boolean
}

/** An event that has a pattern: its text, and the client's data. */
interface MatchedEvent {
  readonly text: string
  readonly data: string
}

/** The pattern of a stream's latest events, if they have one. It is made when an event looks like the one before it. Making one
 *  costs as much as reading an event, so it is not done for ever in vain. */
export class EventPatterns {
  private pattern: EventPattern | undefined
  /** The latest event that has been read, and may have a pattern. */
  private latest: ReadEvent | undefined
  private made = 0
  private matched = 0

  /** Matches the data of an event with the pattern, and adds its text to the state of its choice. Returns undefined if
   *  the event must be read. */
  match(data: string): MatchedEvent | undefined {
    const pattern = this.pattern ?? this.make(data)
    const found = pattern && matchPattern(pattern, data)
    if (!found || !pattern?.take(found.text)) return undefined
    this.matched += 1
    return { text: found.text, data: pattern.output?.join(found.literal) ?? data }
  }

  /** Remembers an event that has been read, for the next one. */
  learn(event: ReadEvent): void {
    if (event.data.length <= maxPatternLength) this.latest = event
  }

  /** Forgets the pattern: what has been read since may change how the next event is treated. */
  forget(): void {
    this.pattern = undefined
    this.latest = undefined
  }

  /** Makes the pattern of the latest event, if the next one has the same around its text. */
  private make(next: string): EventPattern | undefined {
    const { latest } = this
    if (!latest || (this.made >= minPatterns && this.matched < this.made * eventsPerPattern)) return undefined
    this.latest = undefined
    for (const { field, place } of streamedFields) {
      const around = cutText(latest.data, place)
      if (!around || !next.startsWith(around.before) || !next.endsWith(around.after)) continue
      this.made += 1
      this.pattern = field === 'arguments' ? makeArgumentsPattern(around, latest) : makePattern(field, around, latest)
      if (this.pattern) return this.pattern
    }
    return undefined
  }
}

/** Longest event that a pattern is made of, in characters. A regular expression that repeats a choice overflows the stack
 *  at some millions. */
const maxPatternLength = 65_536

/** Number of patterns that are made without a look at their use. */
const minPatterns = 4

/** How many events a pattern must have matched, on average, for more to be made. */
const eventsPerPattern = 4

/** The text of an event that has a pattern, as it stands in the JSON and as it reads. Returns undefined if the event is
 *  another one. */
export const matchPattern = (
  { before, after }: Around,
  data: string,
): { readonly literal: string; readonly text: string } | undefined => {
  const end = data.length - after.length
  if (end <= before.length || !data.startsWith(before) || !data.endsWith(after)) return undefined
  const literal = data.slice(before.length, end)
  const text = parseJson(`"${literal}"`)
  if (typeof text !== 'string' || (text.length !== literal.length && loneHalf.test(text))) return undefined
  return { literal, text }
}

/** An event that has been read, and how the stream treated it. */
interface ReadEvent {
  readonly data: string
  readonly normalizing: NormalizeOptions
  /** Its chunk, which has been read, and the only choice in it. */
  readonly chunk: NormalResponse
  readonly choice: Choice
  /** Returns the client's data for a chunk. Returns the given data if the event goes on as it came. */
  readonly toData: (data: string, chunk: NormalResponse) => string
}

/** Stands for the text: characters of the private use area, which JSON does not escape. */
const marker = '\uE0A1\uF1D2\uE3C3'

const placeText = (field: string): RegExp => new RegExp(`"${field}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)+)"`, 'd')

/** The fields that may hold the one text of an event. */
const streamedFields = ['arguments', 'content', 'reasoning_content', 'reasoning'].map((field) => ({
  field,
  place: placeText(field),
}))

/** The parts of an event around its text. */
type Around = Pick<EventPattern, 'before' | 'after'>

const cutText = (data: string, place: RegExp): Around | undefined => {
  const [start, end] = place.exec(data)?.indices?.[1] ?? []
  if (start === undefined || end === undefined || data.includes(marker)) return undefined
  return { before: data.slice(0, start), after: data.slice(end) }
}

/** Makes a pattern of an event that has been read. It puts a marker in the place of the text and follows what becomes of it.
 *  Returns undefined if the event does more than to add that text. */
const makePattern = (field: string, { before, after }: Around, event: ReadEvent): EventPattern | undefined => {
  const marked = before + marker + after
  const fields = parseJson(marked)
  if (!isObject(fields) || !addsOnlyText(fields, field)) return undefined
  const found = followMarker(marked, fields, event)
  return found && { before, after, ...found }
}

/** Whether the marker is in this field of the delta of the only choice, and no call, message or usage is beside it. */
const addsOnlyText = (fields: JsonObject, field: string): boolean => {
  const [choice, ...others] = getChoices(fields)
  if (others.length > 0 || !isObject(choice) || !isObject(choice['delta']) || isObject(choice['message'])) return false
  const { [field]: text, tool_calls: calls, function_call: called } = choice['delta']
  const callsNone = !calls || (Array.isArray(calls) && calls.length === 0)
  return text === marker && callsNone && !called && !statesUsage(fields)
}

const followMarker = (
  marked: string,
  fields: JsonObject,
  { normalizing, choice: { state }, toData }: ReadEvent,
): Pick<EventPattern, 'output' | 'take'> | undefined => {
  const chunk = normalize(fields, {
    ...normalizing,
    getState: () => copyState(state),
    onChoice: () => true,
  })
  const [choice] = chunk.choices
  if (!choice || choice.reason !== null || choice.state.finished) return undefined
  if (getText(choice, normalizing.operation) !== marker) return undefined
  const data = toData(marked, chunk)
  return {
    output: data === marked ? undefined : data.split(marker),
    take: addTextTo(state[choice.message['content'] === marker ? 'content' : 'reasoning_content']),
  }
}

const addTextTo =
  (textSoFar: TextSoFar): EventPattern['take'] =>
  (text) => {
    textSoFar.add(text)
    return true
  }

/** Makes a pattern of an event that adds to the arguments of one call, in normal form. The next event of this form is read as
 *  this one, as long as its text does nothing but to go on with them. */
const makeArgumentsPattern = (
  { before, after }: Around,
  { chunk, choice, toData }: ReadEvent,
): EventPattern | undefined => {
  const [piece, ...others] = choice.toolPieces
  if (!piece || others.length > 0 || piece.isFirst || piece.name !== undefined || chunk.changed) return undefined
  const { call } = piece
  const { tools } = choice.state
  if (choice.reason !== null || !tools.goesOn(call, piece.arguments)) return undefined
  if (getText(choice, 'chat/completions') !== piece.arguments) return undefined
  const marked = before + marker + after
  const fields = parseJson(marked)
  if (!isObject(fields) || findArguments(fields) !== marker || statesUsage(fields)) return undefined
  const output = toData(marked, { ...chunk, fields })
  return {
    before,
    after,
    output: output === marked ? undefined : output.split(marker),
    take: (text) => tools.goesOn(call, text) && tools.goOn(call, text),
  }
}

/** The arguments of the only call in the only choice of a chunk. */
const findArguments = (fields: JsonObject): unknown => {
  const [choice] = getChoices(fields)
  const delta = isObject(choice) ? choice['delta'] : undefined
  const calls = isObject(delta) ? delta['tool_calls'] : undefined
  const [call] = Array.isArray(calls) ? (calls as unknown[]) : []
  const called = isObject(call) ? call['function'] : undefined
  return isObject(called) ? called['arguments'] : undefined
}

const copyState = (state: ChoiceState): ChoiceState => ({
  ...state,
  content: state.content.plus(''),
  reasoning_content: state.reasoning_content.plus(''),
})
