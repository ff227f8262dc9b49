import { isObject, type JsonObject, listObjects } from '../../runtime/json.ts'
import { toChatName } from '../fields/chat-name.ts'
import type { Refuse } from './content.ts'

/** Tools that only choose among the others. A chat gets all of them. */
const searchTool = /^tool_search_/

/** Turns the tools of a request into functions of a chat. Anthropic's own server tools have no equivalent. */
export const toFunctions = (tools: unknown, refuse: Refuse): JsonObject[] => {
  if (!Array.isArray(tools)) return []
  return (tools as unknown[]).flatMap((tool, index) => {
    if (!isObject(tool)) return []
    const { type = 'custom' } = tool
    if (type === null || type === 'custom') return [toChatFunction(tool)]
    if (searchTool.test(String(type))) return []
    const shown = String(type).slice(0, 64)
    refuse(`tools.${index}`, `This model has no '${shown}' tool. Leave it out, or choose another model.`)
    return []
  })
}

const toChatFunction = ({ name, description, input_schema: schema, strict }: JsonObject): JsonObject => ({
  type: 'function',
  function: {
    name: toChatName(String(name)),
    ...(typeof description === 'string' && { description }),
    parameters: toParameters(schema),
    ...(typeof strict === 'boolean' && { strict }),
  },
})

/** OpenAI refuses the schema of an object without `properties`. */
const toParameters = (schema: unknown): JsonObject => {
  const given = isObject(schema) ? schema : { type: 'object' }
  return given['type'] === 'object' && given['properties'] === undefined ? { ...given, properties: {} } : given
}

/** Turns a `tool_choice` into the fields of a chat. */
export const toToolChoice = (choice: unknown): JsonObject => {
  if (!isObject(choice)) return {}
  const { type, name, disable_parallel_tool_use: isSerial } = choice
  const words = new Map<unknown, unknown>([
    ['auto', 'auto'],
    ['any', 'required'],
    ['none', 'none'],
    ['tool', { type: 'function', function: { name: toChatName(String(name)) } }],
  ])
  const chosen = words.get(type)
  return {
    ...(chosen !== undefined && { tool_choice: chosen }),
    ...(isSerial === true && { parallel_tool_calls: false }),
  }
}

/** The names of the tools of a request by those that a chat has for them. */
export const listToolNames = (tools: unknown): ReadonlyMap<string, string> => {
  const names = listObjects(tools).map(({ name }) => String(name))
  return new Map(names.map((name) => [toChatName(name), name]))
}
