import { isObject, type JsonObject, listObjects, toText } from '../../runtime/json.ts'

/** The parts of a chat's message, or of a delta: thoughts, then text, then pieces of tool calls. */
export interface ChatContent {
  readonly thought: string
  readonly text: string
  readonly calls: readonly CallPiece[]
}

/** A tool call, or a piece of one. */
export interface CallPiece {
  readonly index: number
  /** In the first piece. */
  readonly id: string | undefined
  readonly name: string | undefined
  readonly arguments: string
}

/** Reads a message or a delta in normal form. */
export const readChatContent = (message: JsonObject): ChatContent => {
  const { reasoning_content: thought, content, refusal, tool_calls: calls, function_call: called } = message
  const given = listObjects(calls)
  const old = isObject(called)
    ? [{ index: 0, id: called['name'] ? `call_${String(called['name'])}` : undefined, function: called }]
    : []
  return {
    thought: toText(thought),
    text: toText(content) + toText(refusal),
    calls: [...given, ...old].map((call, position) => readCall(call, position)),
  }
}

const readCall = ({ index, id, function: called, custom }: JsonObject, position: number): CallPiece => {
  const { name, arguments: added, input } = isObject(called) ? called : isObject(custom) ? custom : {}
  return {
    index: typeof index === 'number' ? index : position,
    id: typeof id === 'string' ? id : undefined,
    name: typeof name === 'string' ? name : undefined,
    arguments: toText(added ?? input),
  }
}
