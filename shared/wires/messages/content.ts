import { GatewayError } from '../../protocol/errors.ts'
import { isObject, type JsonObject, toText } from '../../runtime/json.ts'
import type { Block } from './turns.ts'

/** Notes that a chat cannot serve a request. The first reason counts. */
export type Refuse = (param: string, message: string) => void

/** Creates the error for a request that no chat can do. Another target of the model may have Anthropic's API. */
export const untranslatableError = (param: string, message: string): GatewayError =>
  new GatewayError(400, 'invalid_value', message, { param, isUnable: true })

/** Joins texts. Blank ones are left out, because many providers refuse them. */
export const joinLines = (texts: readonly string[]): string => texts.filter((text) => text.trim() !== '').join('\n')

/** The text of a block of text, or of a summary that stands for all messages before it; empty for any other. */
export const readBlockText = ({ fields: { type, text, content } }: Block): string => {
  if (type === 'compaction') return toText(content)
  return type === 'text' ? toText(text) : ''
}

/** A part of a chat message: a text, a picture or a file. */
export type Part = JsonObject & { readonly type: 'text' | 'image_url' | 'file' }

const toTextPart = (text: string): Part[] => (text.trim() === '' ? [] : [{ type: 'text', text }])

/** Turns blocks of a user into parts of a chat message. */
export const toParts = (blocks: readonly Block[], refuse: Refuse): Part[] =>
  blocks.flatMap((block) => {
    const toPart = Object.hasOwn(partsByType, block.fields.type) ? partsByType[block.fields.type] : undefined
    if (toPart) return toPart(block, refuse)
    const type = block.fields.type.slice(0, 64)
    refuse(
      block.place,
      `This model cannot read a '${type}' block. Send text, images or documents, or choose another model.`,
    )
    return []
  })

type ToParts = (block: Block, refuse: Refuse) => Part[]

const readTextParts: ToParts = (block) => toTextPart(readBlockText(block))

const partsByType: Readonly<Record<string, ToParts | undefined>> = {
  text: readTextParts,
  compaction: readTextParts,
  image: ({ fields: { source }, place }, refuse) => {
    const url = isObject(source) ? toImageUrl(source) : undefined
    if (url !== undefined) return [{ type: 'image_url', image_url: { url } }]
    refuse(`${place}.source`, 'This model takes images as base64 or by URL only.')
    return []
  },
  document: (block, refuse) => toDocumentParts(block, refuse),
  search_result: ({ fields: { title, source, content }, place }, refuse) => {
    const texts = toParts(listBlocks(content, `${place}.content`), refuse).map(({ text }) => String(text))
    return toTextPart(joinLines([String(title ?? ''), String(source ?? ''), ...texts]))
  },
}

/** A base64 source becomes a data URL; a URL stays one. */
const toImageUrl = ({ type, url, media_type: mediaType, data }: JsonObject): string | undefined => {
  if (type === 'url' && typeof url === 'string' && url !== '') return url
  return type === 'base64' && typeof data === 'string' ? `data:${String(mediaType)};base64,${data}` : undefined
}

const toDocumentParts: ToParts = ({ fields: { source, title }, place }, refuse) => {
  const { type, data, media_type: mediaType, content } = isObject(source) ? source : {}
  const name = typeof title === 'string' ? title : ''
  if (type === 'text') return toTextPart(joinLines([name, String(data ?? '')]))
  if (type === 'content')
    return [...toTextPart(name), ...toParts(listBlocks(content, `${place}.source.content`), refuse)]
  if (type === 'base64') {
    const file = { filename: name || 'document.pdf', file_data: `data:${String(mediaType)};base64,${String(data)}` }
    return [{ type: 'file', file }]
  }
  refuse(`${place}.source`, 'This model takes documents as text or base64 only.')
  return []
}

/** Lists blocks within a block, read leniently: values of other kinds are left out. */
const listBlocks = (content: unknown, place: string): Block[] => {
  if (typeof content === 'string') return [{ fields: { type: 'text', text: content }, place }]
  if (!Array.isArray(content)) return []
  return content.filter(isObject).map((fields) => ({ fields: { ...fields, type: String(fields['type']) }, place }))
}

/** The result of a tool: its text, and the parts that a tool's message cannot hold. */
export interface ToolOutput {
  readonly text: string
  readonly media: readonly Part[]
}

/** Reads the content of a `tool_result` block. Pictures and files follow in the user's message, because few providers
 *  take them in a tool's. */
export const readToolOutput = (
  { fields: { content, is_error: isError }, place }: Block,
  refuse: Refuse,
): ToolOutput => {
  const blocks = listBlocks(content, `${place}.content`).filter(({ fields }) => fields.type !== 'tool_reference')
  const parts = toParts(blocks, refuse)
  const media = parts.filter(({ type }) => type !== 'text')
  const texts = parts.flatMap(({ type, text }) => (type === 'text' ? [String(text)] : []))
  const text =
    joinLines(media.length > 0 ? [...texts, '[The attachment of this result follows.]'] : texts) || '[no output]'
  return { text: isError === true ? `Error: ${text}` : text, media }
}
