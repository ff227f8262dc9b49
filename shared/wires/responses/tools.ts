import type { GatewayError } from '../../protocol/errors.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { toChatName } from '../fields/chat-name.ts'
import { clientTools } from './client-tools.ts'
import { invalidItemError, type Place, unsupportedError } from './content.ts'
import type { LeaveOut } from './items.ts'

/** A tool as the client named it. */
export interface ClientView {
  /** `function` and `custom`, or the name of one of {@link clientTools}. */
  readonly kind: string
  readonly name: string
  readonly namespace?: string | undefined
}

/** The tools of a call, as a chat has them. */
export interface ChatTools {
  readonly tools: readonly JsonObject[]
  /** The client's view of each tool, by its name in the chat. */
  readonly views: ReadonlyMap<string, ClientView>
  /** The choice of a tool, in the form of a chat; undefined: the client made none. */
  readonly choice: unknown
}

/** Reads the tools of a call, those in its items too. Of two with one name, the first counts. Tools that run at OpenAI are
 *  left out: the models behind a chat do not have them.
 *  @throws invalid_value, unsupported_parameter (400, with `param`) */
export const readTools = (body: Readonly<JsonObject>, items: readonly JsonObject[], leaveOut: LeaveOut): ChatTools => {
  const found = new Map<string, FoundTool>()
  const listed = listTools(body, items).flatMap(([tool, place]) => readTool(tool, place, { leaveOut }))
  for (const tool of listed) if (!found.has(tool.chatName)) found.set(tool.chatName, tool)
  const tools = [...found.values()].map(({ definition }) => definition)
  const views = new Map([...found].map(([name, { view }]) => [name, view]))
  return chooseTools(body['tool_choice'], { tools, views })
}

interface FoundTool {
  readonly chatName: string
  readonly view: ClientView
  readonly definition: JsonObject
}

const listTools = (body: Readonly<JsonObject>, items: readonly JsonObject[]): (readonly [JsonObject, Place])[] => {
  const given: (readonly [unknown, Place])[] = [[body['tools'], 'tools']]
  for (const [index, { type, tools }] of items.entries())
    if (type === 'additional_tools') given.push([tools, `input[${index}].tools`])
  return given.flatMap(([tools, place]) => requireObjects(tools ?? [], place))
}

const requireObjects = (list: unknown, place: Place): (readonly [JsonObject, Place])[] => {
  if (!Array.isArray(list) || !list.every(isObject))
    throw invalidItemError(place, `'${place}' must be an array of tools, which are objects.`)
  return list.map((tool, index): [JsonObject, Place] => [tool, `${place}[${index}]`])
}

interface ToolContext {
  readonly leaveOut: LeaveOut
  readonly namespace?: string
}

const readTool = (tool: JsonObject, place: Place, { leaveOut, namespace }: ToolContext): FoundTool[] => {
  const { type } = tool
  if (type === 'function') return [readFunction(tool, place, namespace)]
  if (type === 'custom') return [readCustom(tool, place, namespace)]
  if (type === 'namespace') return readNamespace(tool, place, leaveOut)
  const known = typeof type === 'string' && Object.hasOwn(clientTools, type) ? clientTools[type] : undefined
  if (known === undefined) {
    leaveOut(type)
    return []
  }
  const { description, parameters } = known
  const name = String(type)
  return [{ chatName: name, view: { kind: name, name }, definition: toFunction({ name, description, parameters }) }]
}

/** Some clients send the form that chat has. */
const readFunction = (tool: JsonObject, place: Place, namespace?: string): FoundTool => {
  const { description, parameters, strict, ...given } = isObject(tool['function']) ? tool['function'] : tool
  const name = requireName(given, place)
  const chatName = toChatName(name, namespace)
  const definition = toFunction({
    name: chatName,
    ...(typeof description === 'string' && { description }),
    parameters: isObject(parameters) ? parameters : noParameters,
    ...(strict === true && { strict }),
  })
  return { chatName, view: { kind: 'function', name, namespace }, definition }
}

const noParameters = { type: 'object', properties: {} }

/** A custom tool takes a text. A function takes it as its one argument. */
const readCustom = (tool: JsonObject, place: Place, namespace?: string): FoundTool => {
  const { description, format, ...given } = isObject(tool['custom']) ? tool['custom'] : tool
  const name = requireName(given, place)
  const chatName = toChatName(name, namespace)
  const texts = [description, describeFormat(format)].filter((text) => typeof text === 'string' && text !== '')
  const input = { type: 'string', description: 'The whole input of the tool, as plain text.' }
  const parameters = { type: 'object', properties: { input }, required: ['input'], additionalProperties: false }
  const definition = toFunction({ name: chatName, description: texts.join('\n\n'), parameters })
  return { chatName, view: { kind: 'custom', name, namespace }, definition }
}

const describeFormat = (format: unknown): string => {
  if (!isObject(format)) return ''
  const { syntax, definition } = isObject(format['grammar']) ? format['grammar'] : format
  if (typeof definition !== 'string') return ''
  return `\`input\` must match this ${typeof syntax === 'string' ? `${syntax} ` : ''}grammar:\n${definition}`
}

/** The first tool of a namespace carries the description of its namespace. */
const readNamespace = (tool: JsonObject, place: Place, leaveOut: LeaveOut): FoundTool[] => {
  const namespace = requireName(tool, place)
  const members = requireObjects(tool['tools'] ?? [], `${place}.tools`)
  const [first, ...others] = members.flatMap(([member, at]) => readTool(member, at, { leaveOut, namespace }))
  if (!first) return []
  const called = first.definition['function'] as JsonObject
  const description = [tool['description'], called['description']].filter(Boolean).join('\n\n')
  return [{ ...first, definition: toFunction({ ...called, description }) }, ...others]
}

const toFunction = (called: JsonObject): JsonObject => ({ type: 'function', function: called })

const requireName = ({ name }: JsonObject, place: Place): string => {
  if (typeof name === 'string' && name !== '') return name
  throw invalidItemError(`${place}.name`, `'${place}.name' must be the name of the tool.`)
}

type ListedTools = Omit<ChatTools, 'choice'>

const chosenWords: ReadonlySet<unknown> = new Set(['none', 'auto', 'required'])

/** Applies the client's choice of tools, which a chat has in another form, or not at all.
 *  @throws invalid_value, unsupported_parameter (400, with `param`) */
const chooseTools = (choice: unknown, listed: ListedTools): ChatTools => {
  if (choice === undefined || choice === null) return { ...listed, choice: undefined }
  if (choice === 'required' && listed.tools.length === 0)
    throw unsupportedError('tool_choice', "'tool_choice' demands a tool, and this model has none of 'tools'.")
  if (chosenWords.has(choice)) return { ...listed, choice }
  if (!isObject(choice)) throw invalidChoiceError("'tool_choice' must be none, auto, required, or an object.")
  if (choice['type'] === 'allowed_tools') return allowTools(choice, listed)
  return { ...listed, choice: toFunction({ name: findTool(choice, listed, 'tool_choice') }) }
}

const invalidChoiceError = (message: string, place: Place = 'tool_choice'): GatewayError =>
  invalidItemError(place, message)

/** A chat cannot allow a part of its tools, so it gets that part only. */
const allowTools = (choice: JsonObject, { tools, views }: ListedTools): ChatTools => {
  const { mode, tools: given } = isObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice
  const places = requireObjects(given ?? [], 'tool_choice.tools').filter(([tool]) => isListed(tool))
  const allowed = new Set(places.map(([tool, place]) => findTool(tool, { tools, views }, place)))
  const left = tools.filter(({ function: called }) => allowed.has(String((called as JsonObject)['name'])))
  return { tools: left, views, choice: mode === 'required' ? mode : 'auto' }
}

/** Returns a list of tools without those that run at the provider, in its groups too. */
export const dropHosted = (tools: readonly unknown[]): unknown[] =>
  tools.filter(isObject).flatMap((tool) => {
    const { type, tools: members } = tool
    if (type === 'namespace') return [{ ...tool, ...(Array.isArray(members) && { tools: dropHosted(members) }) }]
    return isListed(tool) ? [tool] : []
  })

/** Whether a tool is one that a chat has. Others were left out of the list, too. */
const isListed = ({ type }: JsonObject): boolean =>
  type === 'function' || type === 'custom' || Object.hasOwn(clientTools, String(type))

/** Finds the name in the chat of a tool that the client names. */
const findTool = (named: JsonObject, { views }: ListedTools, place: Place): string => {
  const { type, function: called = named['custom'] } = named
  if (!isListed(named)) {
    const message = `This model has no '${String(type)}'. Choose a function, or leave '${place}' out.`
    throw unsupportedError(place, message)
  }
  const { name = type, namespace } = isObject(called) ? called : named
  const found = [...views].find(([, view]) => view.name === name && (namespace ?? view.namespace) === view.namespace)
  if (found) return found[0]
  throw invalidChoiceError(`'${place}' names '${String(name)}', which is none of 'tools'.`, place)
}
