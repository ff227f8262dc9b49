import { schemaFields } from '../protocol/call.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'
import { decodeEscapes } from './words/escapes.ts'
import { createDecoder, decodeBase64, type FileData, isTextType, readFileData } from './words/file-data.ts'

/** The texts of a request: all that its author can write and the model, or its provider, can read. */
export interface PromptTexts {
  /** All of them, each on lines of its own. */
  readonly text: string
  /** Returns the path of the field at a place in the text, such as `messages.2.content`. */
  readonly findField: (at: number) => string
  /** Parts of the request that are no text, so that no check of text sees them; undefined: nothing. */
  readonly unseen: 'attachment' | 'tokens' | undefined
}

/** Fields that a model does not read, or that the gateway itself writes. */
const uncheckedFields: ReadonlySet<string> = new Set([
  ...['model', 'user', 'safety_identifier', 'user_id', 'stream', 'stream_options', 'encoding_format'],
])

/** The roles of messages. A template may write any other one into the prompt. */
const roles: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function', 'model'])

/** Values of `type` in tools and schemas. Some models read these whole, whatever stands there. */
const schemaTypes: ReadonlySet<unknown> = new Set([
  ...['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'],
  ...['function', 'custom', 'json_schema', 'json_object', 'text'],
])

/** Tools among the items of a conversation. Their author chooses the names of fields, as in `schemaFields`. */
const toolPlaces = /^input\.\d+\.tools(\.|$)/

/** What a model asked a tool. A file is no part of it. */
const toolInputPlaces =
  /^(input\.\d+\.(arguments|input|operation|action)|messages\.\d+\.(content\.\d+\.input|(tool_calls\.\d+\.function|function_call)\.arguments))(\.|$)/

/** What a tool returned. */
const toolOutputPlaces = /^input\.\d+\.output(\.|$)/

/** Fields with parts that may be bare texts. */
const partFields: ReadonlySet<string> = new Set(['content', 'output', 'system', 'instructions'])

/** Lists of which each item is a text of its own. */
const separateFields: ReadonlySet<string> = new Set(['documents', 'prompt'])

/** Places of texts that only the API that made them can read: thoughts, their signatures and results of searches (OpenAI,
 *  Anthropic, Google and OpenRouter, API references). A place counts whole, with the type of its object: elsewhere a model reads a
 *  field of this name. */
const sealedPlaces = [
  /^input\.\d+:\w*\.encrypted_content$/,
  /^messages\.\d+\.content\.\d+:(thinking\.signature|redacted_thinking\.data)$/,
  /^messages\.\d+\.content\.\d+\.content\.\d+:web_search_result\.encrypted_content$/,
  /^messages\.\d+\.content\.\d+\.citations\.\d+:web_search_result_location\.encrypted_index$/,
  /^messages\.\d+\.(tool_calls\.\d+\.)?extra_content\.google:\.thought_signature$/,
  /^messages\.\d+\.reasoning_details\.\d+:reasoning\.(encrypted\.data|text\.signature)$/,
]

/** The field of an operation that can hold tokens instead of texts. */
const tokenInputFields: ReadonlySet<string> = new Set(['prompt', 'input'])

/** Reads the texts of a request: every string in its body, at any depth, in the order in which they stand. So no role, tool
 *  result, earlier turn, definition of a tool or new field is left out. The texts of the parts of one message are one text, as the
 *  model reads them; other fields of these parts follow. Texts in data URLs are decoded. */
export const readPromptTexts = (body: Readonly<JsonObject>): PromptTexts => {
  const reader = new TextReader()
  for (const [field, value] of Object.entries(body)) if (!uncheckedFields.has(field)) reader.read(value, [field])
  const places = reader.places
  return {
    text: reader.text,
    findField: (at) => (places.findLast(({ start }) => start <= at)?.path ?? []).join('.'),
    unseen: reader.unseen,
  }
}

interface Place {
  readonly start: number
  readonly path: readonly string[]
}

class TextReader {
  text = ''
  unseen: PromptTexts['unseen']
  readonly places: Place[] = []

  read(value: unknown, path: readonly string[]): void {
    if (typeof value === 'string') this.readText(value, path)
    else if (Array.isArray(value)) this.readList(value as unknown[], path)
    else if (isObject(value)) this.readFields(value, path)
    else if (typeof value === 'number' && hasOwnNames(path)) this.add(String(value), path)
  }

  private readFields(fields: JsonObject, path: readonly string[]): void {
    const place = path.join('.')
    const isData = isToolData(place)
    const isNamed = hasOwnNames(path)
    const source = readSource(fields)
    for (const [name, value] of Object.entries(fields)) {
      if (!isData && isWord(name, value, isNamed)) continue
      if (isNamed) this.add(name, path)
      if (isSealedPlace(value, `${place}:${String(fields['type'] ?? '')}.${name}`)) continue
      if (source && name === 'data') this.addFile(source, [...path, name])
      else this.read(value, [...path, name])
    }
  }

  private readList(items: readonly unknown[], path: readonly string[]): void {
    if (tokenInputFields.has(path[0] ?? '') && items.some((item) => typeof item === 'number')) this.unseen = 'tokens'
    // A prompt may be a million tokens.
    if (items.every((item) => typeof item === 'number') && !hasOwnNames(path)) return
    const hasOnlyTexts = items.every((item) => typeof item === 'string')
    if (!separateFields.has(path.join('.')) && (!hasOnlyTexts || partFields.has(path.at(-1) ?? '')))
      this.readParts(items, path)
    else for (const [index, item] of items.entries()) this.read(item, [...path, String(index)])
  }

  private readParts(items: readonly unknown[], path: readonly string[]): void {
    const parts = items.map(readTextPart)
    for (const [index, part] of parts.entries()) {
      const at = [...path, String(index)]
      if (part) this.add(part.text, [...at, ...part.field], parts[index - 1] ? '' : '\n')
      else this.read(items[index], at)
    }
    for (const [index, part] of parts.entries()) if (part) this.readFields(part.rest, [...path, String(index)])
  }

  private readText(text: string, path: readonly string[]): void {
    const holdsNoFile = toolInputPlaces.test(path.join('.')) || schemaFields.has(path[0] ?? '')
    const place = path.filter((name) => !/^\d+$/.test(name)).join('.')
    this.addFile(holdsNoFile ? { text, isUnseen: false } : readFileData(text, place), path)
  }

  private addFile({ text = '', isUnseen }: FileData, path: readonly string[]): void {
    this.add(text, path)
    if (isUnseen) this.unseen ??= 'attachment'
  }

  private add(written: string, path: readonly string[], separator = '\n'): void {
    if (written === '') return
    const text = decodeEscapes(written)
    if (this.text !== '') this.text += separator
    this.places.push({ start: this.text.length, path })
    this.text += text
  }
}

/** Whether a place is in what tools are asked and return. All of it is its author's, also the names of fields, and the model reads it
 *  as JSON. */
const isToolData = (place: string): boolean => toolInputPlaces.test(place) || toolOutputPlaces.test(place)

/** Whether the author of an object chooses the names of its fields, too, and the model reads its names and numbers. */
const hasOwnNames = (path: readonly string[]): boolean => {
  const place = path.join('.')
  return isToolData(place) || schemaFields.has(path[0] ?? '') || toolPlaces.test(place)
}

/** Whether a value is a word of the API. Its author may have put a text there. */
const isWord = (name: string, value: unknown, isNamed: boolean): boolean => {
  if (name === 'role') return roles.has(value)
  if (name !== 'type') return false
  return isNamed ? schemaTypes.has(value) : typeof value === 'string' && /^[\w.-]{1,64}$/.test(value)
}

/** Takes a part apart that has a text, and may have more fields. Returns undefined for any other part. */
const readTextPart = (part: unknown) => {
  if (typeof part === 'string') return { text: part, field: [], rest: {} }
  if (!isObject(part)) return undefined
  const field = ['text', 'refusal'].find((name) => typeof part[name] === 'string')
  if (field === undefined) return undefined
  const { [field]: text, ...rest } = part
  return { text: text as string, field: [field], rest }
}

/** Reads a document's content in a field of its own (Anthropic API reference, "Messages", `source`). Returns undefined for
 *  anything else. */
const readSource = ({ type, media_type: media, data }: JsonObject): FileData | undefined => {
  if (typeof data !== 'string') return undefined
  if (type === 'text') return { text: data, isUnseen: false }
  return type === 'base64' && isTextType(String(media)) ? decodeBase64(data, createDecoder()) : undefined
}

/** Whether a value is base64 at the place of a sealed text. A sentence there is a text. */
const isSealedPlace = (value: unknown, place: string): boolean =>
  typeof value === 'string' && /^[\w.+/=-]+$/.test(value) && sealedPlaces.some((sealed) => sealed.test(place))
