import { isObject, type JsonObject } from '../../runtime/json.ts'
import { toChatName } from '../fields/chat-name.ts'
import { clientTools, findCalledTool, isClientToolOutput } from './client-tools.ts'
import { type ChatContent, invalidItemError, type Place, readContent, unsupportedError } from './content.ts'
import type { OpenSealed } from './seal.ts'
import { Turns } from './turns.ts'

/** Called with the type of each tool and item that no chat has, and that is left out. */
export type LeaveOut = (type: unknown) => void

/** Turns the items of a call into the messages of a chat. Items of tools that ran at OpenAI are left out.
 *  @throws invalid_value, unsupported_parameter (400, with `param`) */
export const toMessages = (
  instructions: unknown,
  items: readonly JsonObject[],
  reading: Pick<ItemContext, 'openSealed' | 'leaveOut'>,
): readonly JsonObject[] => {
  const turns = new Turns()
  if (typeof instructions === 'string' && instructions !== '') turns.addMessage('system', plain(instructions))
  for (const [index, item] of items.entries()) addItem(item, { ...reading, turns, place: `input[${index}]` })
  const messages = turns.toMessages()
  if (messages.length > 0) return messages
  throw invalidItemError('input', "'input' must hold at least one message, or one call of a tool.")
}

const plain = (text: string): ChatContent => ({ text, attachments: [] })

interface ItemContext {
  readonly turns: Turns
  readonly openSealed: OpenSealed
  readonly leaveOut: LeaveOut
  readonly place: Place
}

type AddItem = (item: JsonObject, context: ItemContext) => void

const addMessage: AddItem = ({ role, content }, { turns, place }) => {
  const read = readContent(content, `${place}.content`)
  if (role === 'assistant') return turns.addText(read.text)
  if (role === 'user') return turns.addMessage('user', read)
  if (role === 'system' || role === 'developer') return turns.addMessage('system', read)
  throw invalidItemError(`${place}.role`, `'${place}.role' must be user, assistant, system or developer.`)
}

/** The sealed text is the thought as the model had it. Without it, or if it is not ours, the summary stands for it. */
const addReasoning: AddItem = ({ summary, content, encrypted_content: sealed }, { turns, openSealed }) => {
  const own = typeof sealed === 'string' ? openSealed(sealed) : undefined
  turns.addThought(own ?? (joinItemTexts(content) || joinItemTexts(summary)))
}

const joinItemTexts = (parts: unknown): string =>
  (Array.isArray(parts) ? (parts as unknown[]) : [])
    .flatMap((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : []))
    .join('\n\n')

const addFunctionCall: AddItem = (item, { turns, place }) => {
  const given = item['arguments']
  const json = typeof given === 'string' ? given.trim() || '{}' : JSON.stringify(given ?? {})
  turns.addCall({ id: requireCallId(item, place), name: readCalledName(item, place), arguments: json })
}

const addCustomCall: AddItem = (item, { turns, place }) => {
  const json = JSON.stringify({ input: item['input'] ?? '' })
  turns.addCall({ id: requireCallId(item, place), name: readCalledName(item, place), arguments: json })
}

const addOutput: AddItem = (item, { turns, place }) =>
  turns.addOutput(requireCallId(item, place), readOutput(item['output'], `${place}.output`))

/** The output of a tool is a text or parts. The tools of the API have other forms, which a model reads as JSON. */
const readOutput = (output: unknown, place: Place): ChatContent => {
  const isParts = Array.isArray(output) && output.every((part) => isObject(part) && typeof part['type'] === 'string')
  if (typeof output === 'string' || isParts) return readContent(output, place)
  return plain(JSON.stringify(output ?? ''))
}

/** A local shell's result has the id of its call only. */
const requireCallId = ({ call_id: callId, id }: JsonObject, place: Place): string => {
  const given = callId ?? id
  if (typeof given === 'string' && given !== '') return given
  throw invalidItemError(`${place}.call_id`, `'${place}.call_id' must be the id of the call.`)
}

const readCalledName = ({ name, namespace }: JsonObject, place: Place): string => {
  if (typeof name === 'string' && name !== '')
    return toChatName(name, typeof namespace === 'string' ? namespace : undefined)
  throw invalidItemError(`${place}.name`, `'${place}.name' must be the name of the tool.`)
}

const itemReaders: Readonly<Record<string, AddItem>> = {
  message: addMessage,
  reasoning: addReasoning,
  function_call: addFunctionCall,
  function_call_output: addOutput,
  custom_tool_call: addCustomCall,
  custom_tool_call_output: addOutput,
  // Its tools are read with those of the request.
  additional_tools: () => undefined,
  item_reference: (_, { place }) => {
    const message =
      `'${place}' refers to an item of an earlier response, and this gateway stores none. ` +
      'Send the item itself (AI SDK: providerOptions: { openai: { store: false } }).'
    throw unsupportedError(place, message)
  },
}

const findReader = ({ type = 'message' }: JsonObject): AddItem | undefined =>
  typeof type === 'string' && Object.hasOwn(itemReaders, type) ? itemReaders[type] : undefined

const addItem: AddItem = (item, context) => {
  const read = findReader(item)
  if (read) return read(item, context)
  if (isClientToolOutput(item)) return addOutput(item, context)
  const tool = findCalledTool(item)
  const field = tool === undefined ? undefined : clientTools[tool]?.field
  if (tool === undefined || field === undefined) return context.leaveOut(item['type'])
  const json = JSON.stringify(item[field] ?? {})
  context.turns.addCall({ id: requireCallId(item, context.place), name: tool, arguments: json })
}
