import { type Call, schemaFields } from '../../protocol/call.ts'
import { countPrompts } from '../../protocol/call-caps.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { createTokenEstimator, type TokenEstimator } from './token-estimator.ts'

/** Tokens of the frame of each message of a chat (OpenAI Cookbook, "How to count tokens with tiktoken"). */
const tokensPerMessage = 4

/** The fields of a request body that are part of the prompt. */
const promptFields = ['messages', 'prompt', 'suffix', 'tools', 'functions', 'response_format'] as const

/** Tokens of a picture, film, file or recording, sent as data or by its URL. Providers count between about 85 and 2,000, by its
 *  size, which is unknown. */
const tokensPerAttachment = 1_000

/** Estimates the prompt tokens of a request: its texts; the texts and argument names of its tools; a frame for each message; a flat
 *  `tokensPerAttachment` for each attachment. A prompt that is sent as tokens counts exactly. */
export const estimatePromptTokens = (body: JsonObject): number => {
  const estimator = createTokenEstimator()
  const { messages, prompt } = body
  const parts = findParts(messages)
  const attachments: Attachments = new Map(parts.flatMap(findData))
  for (const field of promptFields)
    addTexts(body[field], estimator, { attachments, countsNames: schemaFields.has(field) })
  const frames = toList(messages).length * tokensPerMessage
  const attached = parts.filter(isAttachment).length * tokensPerAttachment
  return estimator.tokens() + frames + attached + countSentTokens(prompt)
}

/** Counts the pictures, films, files and recordings of a request. */
export const countAttachments = ({ messages }: JsonObject): number => findParts(messages).filter(isAttachment).length

/** Estimates the prompt tokens that an entry's default parameters add to a request, such as its tools. A field of the request
 *  replaces the default. */
export const estimateDefaultTokens = (body: JsonObject, defaultParams: JsonObject): number => {
  const added = promptFields.filter((field) => body[field] === undefined && defaultParams[field] !== undefined)
  return added.length === 0
    ? 0
    : estimatePromptTokens(Object.fromEntries(added.map((field) => [field, defaultParams[field]])))
}

/** Estimates the prompt tokens that a provider gets with a call: the caller's, and those of the entry's system prompt. */
export const estimateSentTokens = (call: Call): number =>
  (call.estimatePrompt?.() ?? estimatePromptTokens(call.body)) + estimateSystemPromptTokens(call)

/** The provider gets the entry's system prompt once for each prompt. */
const estimateSystemPromptTokens = ({ operation, body, systemPrompt }: Call): number => {
  if (systemPrompt === undefined) return 0
  const tokens = estimatePromptTokens({ messages: [{ role: 'system', content: systemPrompt }] })
  return operation === 'completions' ? tokens * countPrompts(body['prompt']) : tokens
}

/** The objects that hold data, each with the name of the field that holds it. */
type Attachments = ReadonlyMap<unknown, string>

interface CountOptions {
  readonly attachments: Attachments
  readonly countsNames: boolean
}

/** Adds the texts of a value, without the data of attachments. Not recursive: a client decides how deep a value is. */
const addTexts = (root: unknown, estimator: TokenEstimator, { attachments, countsNames }: CountOptions): void => {
  const waiting = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') estimator.add(`${value} `)
    else if (typeof value === 'object' && value !== null) {
      for (const item of getValues(value, attachments.get(value))) waiting.push(item)
      if (countsNames) estimator.add(listFieldNames(value))
    }
  }
}

const getValues = (value: object, dataField: string | undefined): unknown[] =>
  Object.values(dataField === undefined ? value : { ...value, [dataField]: undefined })

const listFieldNames = (value: object): string => (Array.isArray(value) ? '' : `${Object.keys(value).join(' ')} `)

const dataUrl = /^data:[^,]{0,200};base64,/

const isDataUrl = (url: unknown): boolean => typeof url === 'string' && dataUrl.test(url)

interface DataField {
  readonly field: string
  readonly isData: (value: unknown) => boolean
}

/** The field in which each type of part may hold data, and the check that it does (OpenAI API reference, "Create chat completion"):
 *  pictures, films and files as a data URL, recordings as bare base64. */
const dataFields: Readonly<Record<string, DataField>> = {
  image_url: { field: 'url', isData: isDataUrl },
  video_url: { field: 'url', isData: isDataUrl },
  file: { field: 'file_data', isData: isDataUrl },
  input_audio: { field: 'data', isData: (value) => typeof value === 'string' },
}

/** Returns the parts of a chat's messages, and the parts within them. Only the data of an attachment is left out of the text.
 *  Everything beside it counts, a URL too. So does an object outside of a part that looks like an attachment, in a message itself or
 *  in a tool: providers ignore it or read it as text. */
const findParts = (messages: unknown): JsonObject[] => {
  const parts = toList(messages).flatMap(getParts)
  return [...parts, ...parts.flatMap(getParts)]
}

const isAttachment = ({ type }: JsonObject): boolean => typeof type === 'string' && Object.hasOwn(dataFields, type)

/** Returns the parts in the `content` of a message or a part. The content may be a list of parts or one part. */
const getParts = (container: unknown): JsonObject[] => {
  const content = isObject(container) ? container['content'] : undefined
  return (isObject(content) ? [content] : toList(content)).filter(isObject)
}

/** Returns the object in which a part holds data, with the name of the field; empty if it holds no data. */
const findData = (part: JsonObject): [object: unknown, field: string][] => {
  if (!isAttachment(part)) return []
  const type = part['type'] as string
  const content = part[type]
  if (isDataUrl(content)) return [[part, type]]
  const { field, isData } = dataFields[type] as DataField
  return isObject(content) && isData(content[field]) ? [[content, field]] : []
}

const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const countSentTokens = (prompt: unknown): number =>
  Array.isArray(prompt) ? prompt.flat().filter((item) => typeof item === 'number').length : 0
