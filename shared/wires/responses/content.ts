import type { Call } from '../../protocol/call.ts'
import { GatewayError } from '../../protocol/errors.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The content of an item, as a chat has it. */
export interface ChatContent {
  readonly text: string
  /** Pictures, files and recordings, as parts of a chat message. */
  readonly attachments: readonly JsonObject[]
}

/** Where a value is in a request, such as `input[2].content`. */
export type Place = string

/** Creates the error for a value of a request that the API does not take. */
export const invalidItemError = (param: Place, message: string): GatewayError =>
  new GatewayError(400, 'invalid_value', message, { param })

/** Creates the error for something that the gateway does not do.
 *  @param providerCode OpenAI's own code for it, if its clients know one */
export const unsupportedError = (param: Place, message: string, providerCode?: string): GatewayError =>
  new GatewayError(400, 'unsupported_parameter', message, { param, ...(providerCode && { providerCode }) })

/** Reads the content of a message, or the output of a tool (OpenAI API reference, "Create a model response",
 *  `input`): a text or a list of parts.
 *  @throws invalid_value, unsupported_parameter (400, with `param`) */
export const readContent = (content: unknown, place: Place): ChatContent => {
  if (typeof content === 'string') return { text: content, attachments: [] }
  if (!Array.isArray(content)) throw invalidItemError(place, `'${place}' must be a text or an array of parts.`)
  const texts: string[] = []
  const attachments: JsonObject[] = []
  for (const [index, part] of (content as unknown[]).entries()) {
    const read = readPart(part, `${place}[${index}]`)
    if (typeof read === 'string') texts.push(read)
    else attachments.push(read)
  }
  return { text: texts.join('\n'), attachments }
}

/** Returns the content of a chat message: a text if it has no attachments, because many models take only that. */
export const toMessageContent = ({ text, attachments }: ChatContent): string | readonly JsonObject[] =>
  attachments.length === 0 ? text : [...(text === '' ? [] : [{ type: 'text', text }]), ...attachments]

type ReadPart = (part: JsonObject, place: Place) => string | JsonObject

const readText =
  (field: string): ReadPart =>
  (part, place) => {
    const text = part[field]
    if (typeof text !== 'string') throw invalidItemError(`${place}.${field}`, `'${place}.${field}' must be a text.`)
    return text
  }

/** Reads the parts of each type. Clients that speak chat send its types, too. */
const partReaders: Readonly<Record<string, ReadPart>> = {
  input_text: readText('text'),
  output_text: readText('text'),
  text: readText('text'),
  summary_text: readText('text'),
  refusal: readText('refusal'),
  input_image: (part, place) => toImage(part, place),
  image_url: (part) => part,
  input_file: (part, place) => toFile(part, place),
  input_audio: ({ input_audio }) => ({ type: 'input_audio', input_audio }),
}

const readPart: (part: unknown, place: Place) => string | JsonObject = (part, place) => {
  const type = isObject(part) ? String(part['type']) : ''
  const read = Object.hasOwn(partReaders, type) ? partReaders[type] : undefined
  if (read && isObject(part)) return read(part, place)
  const types = Object.keys(partReaders).filter((name) => name.startsWith('input_') || name === 'output_text')
  throw invalidItemError(`${place}.type`, `'${place}' must be a part of one of the types ${types.join(', ')}.`)
}

const noFiles = 'This gateway stores no files.'

/** `original` is a detail that chat does not have. */
const toImage: ReadPart = ({ image_url: url, detail }, place) => {
  if (typeof url !== 'string')
    throw unsupportedError(place, `${noFiles} Send the picture as 'image_url': an address, or a data URL.`)
  const isChatDetail = typeof detail === 'string' && detail !== 'original'
  return { type: 'image_url', image_url: { url, ...(isChatDetail && { detail }) } }
}

const toFile: ReadPart = ({ file_data: data, filename }, place) => {
  if (typeof data !== 'string')
    throw unsupportedError(place, `${noFiles} Send the file as 'file_data', a data URL, or its text as 'input_text'.`)
  return { type: 'file', file: { file_data: data, ...(typeof filename === 'string' && { filename }) } }
}

/** Returns the input of a call as items. A text is one message of the user.
 *  @throws invalid_value, missing_required_parameter (400, with `param`) */
export const listItems = ({ body }: Pick<Call, 'body'>): readonly JsonObject[] => {
  const { input } = body
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  if (!Array.isArray(input) || input.length === 0) throw wrongInputError(body)
  const wrong = input.findIndex((item) => !isObject(item))
  if (wrong >= 0) throw invalidItemError(`input[${wrong}]`, `'input[${wrong}]' must be an item, which is an object.`)
  return input as JsonObject[]
}

const wrongInputError = ({ input, messages }: Readonly<JsonObject>): GatewayError => {
  const chat = messages === undefined ? '' : " Send a body with 'messages' to POST /v1/chat/completions."
  const message = `'input' must be a text, or an array with at least one item.${chat}`
  return new GatewayError(400, input === undefined ? 'missing_required_parameter' : 'invalid_value', message, {
    param: 'input',
  })
}
