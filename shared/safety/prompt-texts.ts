import { schemaFields } from '../protocol/call.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'

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

/** Fields whose values are words of the API, wherever they stand. */
const wordFields: ReadonlySet<string> = new Set(['role', 'type'])

/** Values of `type` in tools and schemas. Some models read these whole, whatever stands there. */
const schemaTypes: ReadonlySet<unknown> = new Set([
  ...['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'],
  ...['function', 'custom', 'json_schema', 'json_object', 'text'],
])

/** Tools among the items of a conversation. Their author chooses the names of fields, as in `schemaFields`. */
const toolPlaces = /^input\.\d+\.tools(\.|$)/

/** What tools are asked and return. All of it is its author's, also the names of fields, and the model reads it as JSON. */
const toolDataPlaces =
  /^(input\.\d+\.(arguments|input|operation|action|output)|messages\.\d+\.(content\.\d+\.input|tool_calls\.\d+\.function\.arguments))(\.|$)/

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
  }

  private readFields(fields: JsonObject, path: readonly string[]): void {
    const place = path.join('.')
    const isData = toolDataPlaces.test(place)
    const hasOwnNames = isData || schemaFields.has(path[0] ?? '') || toolPlaces.test(place)
    for (const [name, value] of Object.entries(fields)) {
      if (!isData && wordFields.has(name) && isWord(value, hasOwnNames)) continue
      if (hasOwnNames) this.add(name, path)
      if (isSealed(value, `${place}:${String(fields['type'] ?? '')}.${name}`)) continue
      this.read(value, [...path, name])
    }
  }

  private readList(items: readonly unknown[], path: readonly string[]): void {
    if (tokenInputFields.has(path[0] ?? '') && items.some((item) => typeof item === 'number')) this.unseen = 'tokens'
    if (path.at(-1) === 'content') this.readParts(items, path)
    else for (const [index, item] of items.entries()) this.read(item, [...path, String(index)])
  }

  private readParts(items: readonly unknown[], path: readonly string[]): void {
    const parts = items.map(toTextPart)
    for (const [index, part] of parts.entries()) {
      const at = [...path, String(index)]
      if (part) this.add(part.text, [...at, 'text'], parts[index - 1] ? '' : '\n')
      else this.read(items[index], at)
    }
    for (const [index, part] of parts.entries()) if (part) this.readFields(part.rest, [...path, String(index)])
  }

  private readText(text: string, path: readonly string[]): void {
    const data = readDataUrl(text)
    if (data?.text !== undefined) this.add(data.text, path)
    else if (data || isFileData(text, path)) this.unseen ??= 'attachment'
    else this.add(text, path)
    if (urlFields.test(path.slice(-2).join('.'))) this.unseen ??= 'attachment'
  }

  private add(text: string, path: readonly string[], separator = '\n'): void {
    if (text === '') return
    if (this.text !== '') this.text += separator
    this.places.push({ start: this.text.length, path })
    this.text += text
  }
}

/** Whether a value is a word of the API. Its author may have put a text there. */
const isWord = (value: unknown, isInSchema: boolean): boolean =>
  isInSchema ? schemaTypes.has(value) : typeof value === 'string' && /^[\w.-]{1,64}$/.test(value)

/** Takes a part apart that has a text, and may have more fields. Returns undefined for any other part. */
const toTextPart = (part: unknown): { readonly text: string; readonly rest: JsonObject } | undefined => {
  const { text, ...rest } = isObject(part) ? part : {}
  return typeof text === 'string' ? { text, rest } : undefined
}

/** Whether a value is base64 at the place of a sealed text. A sentence there is a text. */
const isSealed = (value: unknown, place: string): boolean =>
  typeof value === 'string' && /^[\w.+/=-]+$/.test(value) && sealedPlaces.some((sealed) => sealed.test(place))

/** Reads a data URL (RFC 2397). Its text is undefined if it holds something else. Returns undefined for any other text. */
const readDataUrl = (url: string): { readonly text: string | undefined } | undefined => {
  const comma = /^data:/i.test(url) ? url.indexOf(',') : -1
  if (comma < 0) return undefined
  const [type = '', ...parameters] = url.slice('data:'.length, comma).split(';')
  const isBase64 = parameters.at(-1)?.trim().toLowerCase() === 'base64'
  return { text: isTextType.test(type.trim()) ? decodeData(url.slice(comma + 1), isBase64) : undefined }
}

const isTextType = /^$|^text\/|[/+](json|xml|yaml)$/i

const decodeData = (data: string, isBase64: boolean): string => {
  if (isBase64) return Buffer.from(data, 'base64').toString()
  try {
    return decodeURIComponent(data)
  } catch {
    return data
  }
}

/** Fields of a picture, a film, a recording or a file that a model reads (openai-openapi 2.3.0, parts of a message; Zhipu and
 *  Qwen for films; Anthropic's `source`). */
const urlFields = /(^|\.)(image_url|video_url|audio_url|file_url|image|video)(\.url)?$|(^|\.)(file_id|source\.url)$/

/** Fields whose content is a file in base64, also without the head of a data URL. */
const fileFields = /^(data|file_data|b64_json|url|image_url|image|video|audio)$/

/** A long value of such a field without blanks is a file, not a text. */
const isFileData = (text: string, path: readonly string[]): boolean =>
  fileFields.test(path.at(-1) ?? '') && text.length > 256 && /^[\w+/=-]+$/.test(text)
