import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../runtime/json.ts'
import { JsonProgress } from './json-progress.ts'
import type { GivenPiece } from './tool-call-piece.ts'

/** A tool call of a choice, as far as it has come. */
export interface ToolCall {
  /** Its place among the calls that the client knows. */
  index: number
  /** Unique among the calls of its choice. */
  readonly id: string
  /** Whether the provider has given an id. */
  hasGivenId: boolean
  name: string
  arguments: string
  progress: JsonProgress
  /** Whether its arguments are `{}` so far. The client gets that when nothing can follow: Anthropic's Messages begin so. */
  isEmpty: boolean
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
  isEmpty: false,
  begun: false,
  hasArguments: false,
  held: undefined,
})

/** Adds JSON text to the arguments of a call. Returns what the client gets of it: nothing after they are complete. */
export const addArguments = (call: ToolCall, text: string): string => {
  if (call.isEmpty && beginsObject.test(text)) Object.assign(call, { arguments: '', progress: new JsonProgress() })
  const added = call.progress.add(call.arguments === '' ? text.replace(emptyBeforeObject, '') : text)
  call.isEmpty = emptyObject.test(call.arguments + added) && (call.arguments === '' || call.isEmpty)
  call.arguments += added
  return call.isEmpty ? '' : added
}

/** Whether the client has got nothing of a call because its arguments are `{}`. When the next call begins, they stay so. */
export const isHeldEmpty = ({ isEmpty, begun, name }: ToolCall): boolean => isEmpty && !begun && name !== ''

const emptyObject = /^\s*\{\s*\}\s*$/
const emptyBeforeObject = /^\s*\{\s*\}(?=\s*\{)/

const isOpen = ({ arguments: text, progress }: ToolCall): boolean => text !== '' && !progress.complete

/** Whether a piece with an id that is new continues a call. Some servers (older vLLM) make a new id for each piece of a
 *  call, and some send the id late; but a call with a name of its own is a new one. */
export const continuesUnderNewId = (call: ToolCall, { name, arguments: added }: GivenPiece): boolean => {
  if (!call.hasGivenId) return name === '' || (name === call.name && call.arguments === '')
  if (isOpen(call)) return name === '' || name === call.name
  return call.arguments === '' && name === '' && added !== ''
}

/** Whether a piece with the id of a call, or without an id, continues the call. Names may come in pieces or be repeated,
 *  and a call whose arguments are complete has an end. */
export const continuesCall = (
  call: ToolCall,
  { name, arguments: added, index }: GivenPiece,
  hasItsId: boolean,
): boolean => {
  if (call.name === '' || (call.isEmpty && hasItsId)) return true
  const fits = hasItsId || name === call.name
  if (name === '' || isOpen(call)) return fits || name === ''
  if (call.arguments === '') return fits || !call.begun || index !== undefined
  return fits && !beginsObject.test(added)
}

const beginsObject = /^\s*\{/

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
