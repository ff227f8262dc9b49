import type { JsonObject } from '../../runtime/json.ts'

/** A part of what the model makes: a thought, a text or a refusal, or a piece of a call. */
export type OutputPiece = TextPiece | CallPiece

/** A piece of text. */
export interface TextPiece {
  readonly kind: 'reasoning' | 'output_text' | 'refusal'
  readonly text: string
  readonly logprobs?: readonly JsonObject[] | undefined
}

/** A piece of a call of a tool. Its first one has an id and a name. */
export interface CallPiece {
  readonly kind: 'call'
  readonly index: number
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly text: string
}

/** The end of an item. */
export type ItemStatus = 'completed' | 'incomplete'

/** Sends one event. `sequence_number` is added. */
export type Emit = (type: string, fields: JsonObject) => void

/** An item of the output that grows. */
export interface OpenItem {
  /** Whether a piece belongs to it. */
  readonly takes: (piece: OutputPiece) => boolean
  readonly add: (piece: OutputPiece) => void
  /** Whether another item may follow now. */
  readonly mayEnd: () => boolean
  /** Ends the item with its last events. */
  readonly end: (status: ItemStatus) => JsonObject
  /** The item so far, of a response that broke off. */
  readonly peek: () => JsonObject
}

/** Where an item is. */
export interface ItemPlace {
  readonly emit: Emit
  /** Its place in the output, which no other item has. */
  readonly index: number
  /** What makes the ids of this response unlike those of others. */
  readonly suffix: string
}

/** Opens the item of a thought: its text is the summary, which clients show.
 *  @param seal makes `encrypted_content` of the text; undefined if the client does not ask for it */
export const openReasoning = (
  { emit, index, suffix }: ItemPlace,
  seal: ((text: string) => string) | undefined,
): OpenItem => {
  const id = `rs_${suffix}`
  const at = { item_id: id, output_index: index, summary_index: 0 }
  let text = ''
  const toItem = (summary: readonly JsonObject[]): JsonObject => ({ id, type: 'reasoning', summary })
  const toPart = (): JsonObject => ({ type: 'summary_text', text })
  emit('response.output_item.added', { output_index: index, item: toItem([]) })
  emit('response.reasoning_summary_part.added', { ...at, part: toPart() })
  return {
    takes: ({ kind }) => kind === 'reasoning',
    add: (piece) => {
      text += piece.text
      emit('response.reasoning_summary_text.delta', { ...at, delta: piece.text })
    },
    mayEnd: () => true,
    end: () => {
      emit('response.reasoning_summary_text.done', { ...at, text })
      emit('response.reasoning_summary_part.done', { ...at, part: toPart() })
      const item = { ...toItem([toPart()]), ...(seal && { encrypted_content: seal(text) }) }
      emit('response.output_item.done', { output_index: index, item })
      return item
    },
    peek: () => toItem([toPart()]),
  }
}

/** A part of a message. */
interface MessagePart {
  readonly kind: 'output_text' | 'refusal'
  text: string
  readonly logprobs: JsonObject[]
}

const toPart = ({ kind, text, logprobs }: MessagePart): JsonObject =>
  kind === 'refusal' ? { type: kind, refusal: text } : { type: kind, text, annotations: [], logprobs }

/** Opens a message. Its text and its refusal are parts of their own. */
export const openMessage = ({ emit, index, suffix }: ItemPlace): OpenItem => {
  const id = `msg_${suffix}`
  const parts: MessagePart[] = []
  const toItem = (status: string): JsonObject => ({
    ...{ id, type: 'message', status, role: 'assistant' },
    content: parts.map(toPart),
  })
  const getPlace = (): JsonObject => ({ item_id: id, output_index: index, content_index: parts.length - 1 })
  const beginPart = (kind: MessagePart['kind']): MessagePart => {
    endPart()
    const part = { kind, text: '', logprobs: [] }
    parts.push(part)
    emit('response.content_part.added', { ...getPlace(), part: toPart({ ...part, logprobs: [] }) })
    return part
  }
  const endPart = (): void => {
    const last = parts.at(-1)
    if (!last) return
    const { kind, text, logprobs } = last
    const rest = kind === 'refusal' ? { refusal: text } : { text, logprobs }
    emit(`response.${kind}.done`, { ...getPlace(), ...rest })
    emit('response.content_part.done', { ...getPlace(), part: toPart(last) })
  }
  emit('response.output_item.added', { output_index: index, item: toItem('in_progress') })
  return {
    takes: ({ kind }) => kind === 'output_text' || kind === 'refusal',
    add: (piece) => {
      if (piece.kind !== 'output_text' && piece.kind !== 'refusal') return
      const last = parts.at(-1)
      const part = last?.kind === piece.kind ? last : beginPart(piece.kind)
      const { text, logprobs = [] } = piece
      part.text += text
      part.logprobs.push(...logprobs)
      const rest = piece.kind === 'refusal' ? {} : { logprobs }
      emit(`response.${piece.kind}.delta`, { ...getPlace(), delta: text, ...rest })
    },
    mayEnd: () => true,
    end: (status) => {
      endPart()
      const item = toItem(status)
      emit('response.output_item.done', { output_index: index, item })
      return item
    },
    peek: () => toItem('incomplete'),
  }
}
