import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject, parseJson } from '../../../runtime/json.ts'
import { JsonProgress } from '../../../runtime/json-progress.ts'
import { parseLenientJson } from '../../../runtime/lenient-json.ts'
import { type RepeatDoubt, takeNews } from './repeated-arguments.ts'
import { beginsObject, type GivenPiece, isBlank } from './tool-call-piece.ts'

/** A tool call of a choice, as far as it has come. */
export interface ToolCall {
  /** Its place among the calls that were sent to the client. */
  index: number
  /** Unique among the calls of its choice. */
  readonly id: string
  /** Whether the provider has given an id. */
  hasGivenId: boolean
  name: string
  arguments: string
  progress: JsonProgress
  /** Why its arguments are held back until nothing can follow: they are `{}` so far, as Anthropic's Messages begin, or a
   *  text that begins as no object of JSON. JSON text in JSON text can only be opened whole. */
  heldAs: 'empty' | 'text' | undefined
  /** What may go on with the arguments, or say all of them again: which of the two, later pieces will tell. */
  doubt: RepeatDoubt | undefined
  /** Whether its arguments count as complete, whatever they are. */
  isFinished: boolean
  /** The call that begins with an object after the arguments, if there is one. */
  next: ToolCall | undefined
  /** The calls that objects after its arguments have made. */
  readonly split: ToolCall[]
  /** Whether the client has got its first piece. */
  begun: boolean
  /** Whether it has arguments that are more than blanks. */
  hasArguments: boolean
  /** The fields of the pieces that came before its first piece for the client, and of that one. */
  held: JsonObject | undefined
}

/** Creates a call.
 *  @param given the provider's id; empty if it has sent none
 *  @param isTaken whether another call of the choice has this id */
export const createToolCall = (given: string, isTaken: boolean): ToolCall => ({
  index: 0,
  id: given === '' || isTaken ? `call_${randomUUID().replaceAll('-', '').slice(0, 24)}` : given,
  hasGivenId: given !== '',
  name: '',
  arguments: '',
  progress: new JsonProgress(),
  heldAs: undefined,
  doubt: undefined,
  isFinished: false,
  next: undefined,
  split: [],
  begun: false,
  hasArguments: false,
  held: undefined,
})

/** Adds JSON text to the arguments of a call. Returns what the client gets of it, and what follows their end. */
export const addArguments = (call: ToolCall, given: string): { readonly added: string; readonly rest: string } => {
  if (call.heldAs === 'empty' && beginsObject.test(given))
    Object.assign(call, { arguments: '', progress: new JsonProgress() })
  const text = call.arguments === '' ? given.replace(emptyBeforeObject, '') : takeNews(call, given)
  const taken = call.progress.add(text)
  call.arguments += taken
  if (!call.hasArguments && call.heldAs !== 'text') call.heldAs = getHold(call.arguments)
  const added = call.heldAs ? '' : taken
  call.hasArguments ||= !isBlank(added)
  return { added, rest: text.slice(taken.length) }
}

/** Adds text that follows the end of a call's arguments. Returns the further call of the same tool that it completes;
 *  undefined if it completes none, or repeats the arguments. */
export const addRest = (
  call: ToolCall,
  rest: string,
): { readonly call: ToolCall; readonly rest: string } | undefined => {
  if (!call.next && !beginsObject.test(rest)) return undefined
  call.next ??= { ...createToolCall('', false), name: call.name }
  const { next } = call
  const after = addArguments(next, next.arguments === '' ? rest.trimStart() : rest).rest
  if (!next.progress.complete || !isObject(parseJson(next.arguments))) return undefined
  call.next = undefined
  return { call: next, rest: after }
}

/** Whether two calls have the same arguments, however they are written. */
export const hasSameArguments = (one: ToolCall, other: ToolCall): boolean =>
  one.arguments.trim() === other.arguments.trim() ||
  JSON.stringify(parseJson(one.arguments)) === JSON.stringify(parseJson(other.arguments))

/** The arguments of a call that holds them back, when nothing can follow: `{}` for a value that names no argument, the object for JSON
 *  text in JSON text, in Markdown or as Python writes it, and anything else as it came. */
export const openArguments = ({ arguments: text }: ToolCall): string => {
  let json = text.trim()
  for (let depth = 0; depth < maxTextDepth; depth++) {
    if (saysNothing.test(json)) return '{}'
    if (fences[0].test(json)) json = json.replace(fences[0], '').replace(fences[1], '').trim()
    const value = parseJson(json)
    if (isObject(value)) return json
    const odd = value === undefined ? parseLenientJson(json) : undefined
    if (isObject(odd)) return JSON.stringify(odd)
    if (typeof value !== 'string') break
    json = value.trim()
  }
  return text
}

/** How often JSON text may stand in JSON text. */
const maxTextDepth = 4

const saysNothing = /^(?:null|none|undefined|true|false|[\d.]+|\[\s*\]|\{\s*\})?$/i

/** The marks of a block of Markdown around JSON. Text after an object is no part of the arguments, so the second may be missing. */
const fences = [/^```\w*\s+/, /```$/] as const

/** Whether the client has got nothing of a call because its arguments are held back, and they are whole. When the next call
 *  begins, they stay so. */
export const isHeldWhole = (call: ToolCall): boolean =>
  call.heldAs !== undefined && !call.begun && call.name !== '' && !isOpen(call)

const getHold = (text: string): ToolCall['heldAs'] => {
  if (emptyObject.test(text)) return 'empty'
  return /^\s*(?:[^\s{]|\{\s*')/.test(text) ? 'text' : undefined
}

const emptyObject = /^\s*\{\s*\}\s*$/
const emptyBeforeObject = /^\s*\{\s*\}(?=\s*\{)/

const isOpen = ({ arguments: text, progress, heldAs }: ToolCall): boolean =>
  text !== '' && !progress.complete && !(heldAs && parseJson(text) !== undefined)

/** Whether a piece with an id that is new continues a call. Some servers (older vLLM) make a new id for each piece of a
 *  call, and some send the id late; but a call with a name of its own is a new one. */
export const continuesUnderNewId = (call: ToolCall, { name, arguments: added }: GivenPiece): boolean => {
  if (!call.hasGivenId) return name === '' || (name === call.name && call.arguments === '')
  if (isOpen(call)) return name === '' || (name === call.name && !beginsObject.test(added))
  return call.arguments === '' && name === '' && added !== ''
}

/** Whether a piece with the id of a call, or without an id, continues the call. Names may come in pieces or be repeated,
 *  and a call whose arguments are complete has an end. */
export const continuesCall = (
  call: ToolCall,
  { name, arguments: added, index }: GivenPiece,
  hasItsId: boolean,
): boolean => {
  if (call.name === '' || (call.heldAs && hasItsId)) return true
  const fits = hasItsId || name === call.name
  if (name === '' || isOpen(call)) return fits || name === ''
  if (call.arguments === '') return fits || !call.begun || index !== undefined
  return fits && !beginsObject.test(added)
}

/** A name that comes in pieces, or is repeated. */
export const joinNames = (before: string, piece: string): string => (piece.startsWith(before) ? piece : before + piece)

/** Whether no further piece of a name is to come: the client offers a tool of this name, or arguments have begun. */
export const isNameWhole = (
  { name, arguments: text }: ToolCall,
  { statesArguments }: GivenPiece,
  getToolNames: () => readonly string[],
): boolean => {
  if (name === '' || text !== '') return name !== ''
  const toolNames = getToolNames()
  if (toolNames.length === 0) return statesArguments
  return toolNames.includes(name) || !toolNames.some((known) => known.startsWith(name))
}
