import { isObject, type JsonObject } from '../protocol/json.ts'
import { type TokenCounter, tokenCounter } from './token-counter.ts'

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
export const promptTokens = (body: JsonObject): number => {
  const counter = tokenCounter()
  let attachments = 0
  for (const field of promptFields) attachments += addTexts(body[field], counter, schemaFields.has(field))
  const { messages, prompt } = body
  const frames = Array.isArray(messages) ? messages.length * tokensPerMessage : 0
  return counter.tokens() + frames + attachments * tokensPerAttachment + tokensSent(prompt)
}

/** Adds the texts of a value and returns the number of attachments among them. Without recursion: a client decides how deep a
 *  value is. */
const addTexts = (root: unknown, counter: TokenCounter, countsNames: boolean): number => {
  const waiting = [root]
  let attachments = 0
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') counter.add(`${value} `)
    else if (isAttachment(value)) attachments++
    else if (typeof value === 'object' && value !== null) {
      for (const item of Object.values(value)) waiting.push(item)
      if (countsNames) counter.add(namesIn(value))
    }
  }
  return attachments
}

const namesIn = (value: object): string => (Array.isArray(value) ? '' : `${Object.keys(value).join(' ')} `)

const dataUrl = /^data:[^,]{0,200};base64,/

/** The fields of a message's parts that may hold data, and how to tell that they do (OpenAI API reference, "Create chat
 *  completion"): pictures by data URL, files by data URL, recordings by bare base64. */
const attached: Readonly<Record<string, (content: JsonObject) => boolean>> = {
  image_url: ({ url }) => isData(url),
  video_url: ({ url }) => isData(url),
  file: ({ file_data: data }) => isData(data),
  input_audio: ({ data }) => typeof data === 'string',
}

const isData = (url: unknown): boolean => typeof url === 'string' && dataUrl.test(url)

/** Whether a value is a part of a message that carries data. A part's other fields are short, and go with it. */
const isAttachment = (value: unknown): boolean => {
  if (!isObject(value) || typeof value['type'] !== 'string' || !Object.hasOwn(attached, value['type'])) return false
  const content = value[value['type']]
  if (typeof content === 'string') return isData(content)
  return isObject(content) && attached[value['type']]?.(content) === true
}

const tokensSent = (prompt: unknown): number =>
  Array.isArray(prompt) ? prompt.flat().filter((item) => typeof item === 'number').length : 0
