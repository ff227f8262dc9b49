import { TextDecoder } from 'node:util'

/** What a field holds that may hold a file. */
export interface FileData {
  /** Its text, as far as it has one. */
  readonly text: string | undefined
  /** Whether there is more than that text: something that no check of text sees. */
  readonly isUnseen: boolean
}

/** Fields of pictures, films, recordings and files that a model reads (openai-openapi 2.3.0, parts of a message; Zhipu and
 *  Qwen for films and sound; Anthropic's `source`). In all others a data URL is a text like any other: the model reads it as it
 *  is. */
const fileFields = /(^|\.)((image|video|audio|file)(s|_url|_url\.url)?|source\.url|input_audio\.data|file_data)$/

/** Fields whose address names a file elsewhere. */
const urlFields = /(^|\.)((image|video|audio|file)_url(\.url)?|(image|video)s?(\.url)?|file_id|source\.url)$/

/** Fields whose content is a file in base64 without the head of a data URL. */
const base64Fields = /(^|\.)(data|file_data|b64_json|(image|video|audio)(s|_url|_url\.url)?|source\.url)$/

/** A shorter value may be a text, so it is read as one, too. */
const minFileLength = 256

/** Reads a text at a place that may hold a file.
 *  @param place the names of its fields, without the numbers of items */
export const readFileData = (text: string, place: string): FileData => {
  const data = fileFields.test(place) ? readDataUrl(text, place) : undefined
  if (data) return data
  const isBase64 = base64Fields.test(place) && text !== '' && isStrictBase64(text)
  if (isBase64 && text.length > minFileLength) return { text: undefined, isUnseen: true }
  return { text, isUnseen: isBase64 || urlFields.test(place) }
}

/** Decodes a data URL (RFC 2397). Returns undefined for any other text. */
const readDataUrl = (url: string, place: string): FileData | undefined => {
  const comma = /^\s*data:/i.test(url) ? url.indexOf(',') : -1
  if (comma < 0) return undefined
  const [type = '', ...parameters] = url.slice(url.indexOf(':') + 1, comma).split(';')
  const payload = url.slice(comma + 1)
  if (parameters.at(-1)?.trim().toLowerCase() !== 'base64') return { text: decodePercents(payload), isUnseen: false }
  const isText = type.trim() === '' ? place.endsWith('file_data') : isTextType(type)
  return decodeBase64(payload, isText ? createDecoder(findCharset(parameters)) : undefined)
}

/** Whether files of a media type are texts. */
export const isTextType = (type: string): boolean => /^\s*text\/|[/+](json|xml|yaml)\s*$/i.test(type)

/** Decodes a file in base64. What is not base64 in truth is a text, too: decoders differ in what they leave out.
 *  @param decoder undefined: the file is no text */
export const decodeBase64 = (payload: string, decoder: TextDecoder | undefined): FileData => {
  const decoded = decoder?.decode(Buffer.from(payload, 'base64'))
  const isUnseen = decoded === undefined
  if (isStrictBase64(payload.replace(/\s/g, ''))) return { text: decoded, isUnseen }
  return { text: `${decoded ?? ''}\n${payload}`, isUnseen }
}

const isStrictBase64 = (text: string): boolean => /^[A-Za-z0-9+/]*={0,2}$/.test(text)

const findCharset = (parameters: readonly string[]): string | undefined =>
  parameters.map((one) => /^\s*charset="?([^"]*)"?/i.exec(one)?.[1]).find((found) => found !== undefined)

/** Creates the decoder of a charset. Returns undefined for one that is not known. */
export const createDecoder = (charset = 'utf-8'): TextDecoder | undefined => {
  try {
    return new TextDecoder(charset.trim())
  } catch {
    return undefined
  }
}

/** Decodes each character that is written in bytes. A broken one stays as it is. */
const decodePercents = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString())
