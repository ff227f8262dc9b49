import { isObject, type JsonObject } from '../../runtime/json.ts'
import { createTokenEstimator, type TokenEstimator } from './token-estimator.ts'

/** Tokens that frame each message of a chat (OpenAI Cookbook, "How to count tokens with tiktoken"). */
const tokensPerMessage = 4

/** The fields of a request body that become part of the prompt. */
const promptFields = ['messages', 'prompt', 'suffix', 'tools', 'functions', 'response_format'] as const

/** Those of them that hold schemas, in which the names of fields are words of the prompt. */
const schemaFields: ReadonlySet<string> = new Set(['tools', 'functions', 'response_format'])

/** Charged for a picture, file or recording that is sent as data: providers count between some 85 and 2,000 for one, by sizes
 *  that only its bytes tell. */
const tokensPerAttachment = 1_000

/** Estimates the tokens of a request's prompt: its texts, those of its tools, names of arguments included, a frame for each
 *  message, and a flat `tokensPerAttachment` for each attachment that is sent as data; a prompt that is sent as tokens counts
 *  as it is. */
export const estimatePromptTokens = (body: JsonObject): number => {
  const counter = createTokenEstimator()
  const { messages, prompt } = body
  const attachments = findAttachments(messages)
  for (const field of promptFields)
    addTexts(body[field], counter, { attachments, countsNames: schemaFields.has(field) })
  const frames = toList(messages).length * tokensPerMessage
  return counter.tokens() + frames + attachments.size * tokensPerAttachment + countSentTokens(prompt)
}

/** Objects that hold data, each with the name of the field that it is in. */
type Attachments = ReadonlyMap<unknown, string>

interface CountOptions {
  readonly attachments: Attachments
  readonly countsNames: boolean
}

/** Adds the texts of a value, but for the data of attachments. Without recursion: a client decides how deep a value is. */
const addTexts = (root: unknown, counter: TokenEstimator, { attachments, countsNames }: CountOptions): void => {
  const waiting = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') counter.add(`${value} `)
    else if (typeof value === 'object' && value !== null) {
      for (const item of getValues(value, attachments.get(value))) waiting.push(item)
      if (countsNames) counter.add(joinNames(value))
    }
  }
}

const getValues = (value: object, leftOut: string | undefined): unknown[] =>
  Object.values(leftOut === undefined ? value : { ...value, [leftOut]: undefined })

const joinNames = (value: object): string => (Array.isArray(value) ? '' : `${Object.keys(value).join(' ')} `)

const dataUrl = /^data:[^,]{0,200};base64,/

const isDataUrl = (url: unknown): boolean => typeof url === 'string' && dataUrl.test(url)

interface DataField {
  readonly field: string
  readonly isData: (value: unknown) => boolean
}

/** Where each type of part may hold data, and how to tell that it does (OpenAI API reference, "Create chat completion"): pictures
 *  by data URL, files by data URL, recordings by bare base64. */
const dataFields: Readonly<Record<string, DataField>> = {
  image_url: { field: 'url', isData: isDataUrl },
  video_url: { field: 'url', isData: isDataUrl },
  file: { field: 'file_data', isData: isDataUrl },
  input_audio: { field: 'data', isData: (value) => typeof value === 'string' },
}

/** The attachments of a chat. Their data alone goes uncounted: nothing beside it, and nothing that looks like an attachment
 *  elsewhere, in a message itself or in a tool, which providers pass over or read as text. */
const findAttachments = (messages: unknown): Attachments => {
  const parts = toList(messages).flatMap(getParts)
  return new Map([...parts, ...parts.flatMap(getParts)].flatMap(findData))
}

/** The parts that something's content is made of: many, or one by itself. */
const getParts = (whole: unknown): JsonObject[] => {
  const content = isObject(whole) ? whole['content'] : undefined
  return (isObject(content) ? [content] : toList(content)).filter(isObject)
}

/** The object in which a part holds data, with the name of the field; empty where it holds none. */
const findData = (part: JsonObject): [object: unknown, field: string][] => {
  const { type } = part
  if (typeof type !== 'string' || !Object.hasOwn(dataFields, type)) return []
  const content = part[type]
  if (isDataUrl(content)) return [[part, type]]
  const { field, isData } = dataFields[type] as DataField
  return isObject(content) && isData(content[field]) ? [[content, field]] : []
}

const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const countSentTokens = (prompt: unknown): number =>
  Array.isArray(prompt) ? prompt.flat().filter((item) => typeof item === 'number').length : 0
