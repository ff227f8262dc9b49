import type { TextOperation } from '../../protocol/operations.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import type { ChoiceState, Form } from './choice-state.ts'
import { getMessageText } from './content.ts'
import { type FinishReason, findReason, readFinishReason } from './finish-reasons.ts'
import { readMessage } from './message.ts'
import { toIndex } from './tool-calls/tool-call-piece.ts'
import { noPieces, type ToolPiece } from './tool-calls/tool-turns.ts'

/** One choice of a chunk or of a whole response, read leniently. Rules edit `fields` and `message` in place. */
export interface Choice {
  /** Every field that the provider sent, known to the gateway or not. */
  readonly fields: JsonObject
  /** Its `index` for the client. */
  readonly index: number
  /** The earlier chunks of this choice. */
  readonly state: ChoiceState
  /** The message of a whole response, or the delta of a chunk. */
  readonly message: JsonObject
  /** The tool calls for the client. */
  readonly toolPieces: readonly ToolPiece[]
  /** The function called in the old way, for the client. */
  readonly functionPiece: ToolPiece | undefined
  /** Why the choice ended; null if it has not ended, or if an earlier chunk said why. */
  readonly reason: FinishReason | null
  /** Whether this chunk ends the choice, or repeats its end. */
  readonly saysEnd: boolean
}

/** How the choices of a response are read. */
export interface ChoiceReading {
  readonly form: Form
  readonly operation: TextOperation
  /** Returns the names of the tools that the client offers. */
  readonly getToolNames: () => readonly string[]
  /** Returns the state of a choice.
   *  @param given the provider's index; if it sent none, the position
   *  @param position its place in the chunk or response */
  readonly getState: (given: number, position: number) => ChoiceState
  /** Throws because the model failed.
   *  @param word the provider's word for it */
  readonly fail: (word: string) => never
}

/** The place of a choice. */
interface ChoicePlace {
  /** The chunk or response that has it. */
  readonly response: JsonObject
  readonly position: number
}

/** Reads a choice.
 *  @throws what `fail` throws, if the provider reports a failure of the model */
export const readChoice = (fields: JsonObject, reading: ChoiceReading, { response, position }: ChoicePlace): Choice => {
  const state = reading.getState(toIndex(fields['index']) ?? position, position)
  const isWhole = reading.form === 'whole'
  const word = findReason(fields, response)
  const given = readFinishReason(word) ?? (isWhole ? 'stop' : null)
  if (given === 'failure' && !state.finished) return reading.fail(String(word))
  const ending = given !== null || state.finished
  const message = readMessage(fields, { reading, state, response, ending })
  const isChat = reading.operation === 'chat/completions'
  const toolPieces = isChat ? state.tools.read(message['tool_calls'], reading, ending) : noPieces
  const hasFunction = isChat && state.tools.size === 0
  const functionPieces = hasFunction
    ? state.functions.read(toLegacyCall(message['function_call']), reading, ending)
    : noPieces
  return {
    fields,
    index: state.index,
    state,
    message,
    toolPieces,
    functionPiece: functionPieces.find(({ call }) => call.index === 0),
    saysEnd: given !== null,
    reason:
      given === null && !state.finished
        ? null
        : resolveReason(given === 'failure' ? null : given, state, toolPieces.length > 0),
  }
}

const toLegacyCall = (called: unknown): JsonObject | undefined => {
  const body = typeof called === 'string' ? parseJson(called) : called
  return isObject(body) ? { function: body } : undefined
}

/** A choice has its reason once, and the ordinary reason is the one that fits its content: Gemini sends `stop` after
 *  tool calls, and clients then run none. */
const resolveReason = (
  given: FinishReason | null,
  { finished, tools, functions }: ChoiceState,
  callsTools: boolean,
): FinishReason | null => {
  if (finished) return callsTools ? 'tool_calls' : null
  if (given === 'length' || given === 'content_filter') return given
  if (tools.size > 0) return 'tool_calls'
  return functions.size > 0 ? 'function_call' : 'stop'
}

/** All text that a choice in normal form contains or adds. */
export const getText = ({ fields, message }: Choice, operation: TextOperation): string =>
  operation === 'completions' ? String(fields['text']) : getMessageText(message)
