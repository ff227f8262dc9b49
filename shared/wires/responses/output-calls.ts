import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { JsonProgress } from '../../runtime/json-progress.ts'
import { clientTools, toCallFields } from './client-tools.ts'
import type { CallPiece, Emit, ItemPlace, OpenItem } from './output-items.ts'
import type { ClientView } from './tools.ts'

/** How the client sees calls of a kind of tool. */
interface CallForm {
  readonly type: string
  readonly idPrefix: string
  /** The fields of the item that hold the arguments. */
  readonly toFields: (json: string) => JsonObject
  /** The events for a piece of the arguments, and for all of them. Undefined: the item itself holds the arguments. */
  readonly onPiece?: (emit: Emit, at: JsonObject, text: string) => void
  readonly onEnd?: (emit: Emit, at: JsonObject, item: JsonObject) => void
  /** Whether the item names the tool. Others have it in their type; they begin when their arguments are known, which
   *  clients check. */
  readonly hasName: boolean
}

const functionForm: CallForm = {
  ...{ type: 'function_call', idPrefix: 'fc', hasName: true },
  toFields: (json) => ({ arguments: json }),
  onPiece: (emit, at, delta) => emit('response.function_call_arguments.delta', { ...at, delta }),
  onEnd: (emit, at, { name, arguments: json }) =>
    emit('response.function_call_arguments.done', { ...at, name, arguments: json }),
}

/** The text is within JSON until it is whole, so it is sent at the end. */
const customForm: CallForm = {
  ...{ type: 'custom_tool_call', idPrefix: 'ctc', hasName: true },
  toFields: (json) => ({ input: unwrapInput(json) }),
  onEnd: (emit, at, { input }) => {
    emit('response.custom_tool_call_input.delta', { ...at, delta: input })
    emit('response.custom_tool_call_input.done', { ...at, input })
  },
}

/** Takes the text out of the arguments of a function. Models that ignore the form have the text itself there. */
const unwrapInput = (json: string): string => {
  const parsed = parseJson(json)
  if (typeof parsed === 'string') return parsed
  const fields = isObject(parsed) ? parsed : {}
  const [only, ...others] = Object.values(fields)
  const input = fields['input'] ?? (others.length === 0 ? only : undefined) ?? json
  return typeof input === 'string' ? input : JSON.stringify(input)
}

const getForm = (kind: string): CallForm => {
  const tool = Object.hasOwn(clientTools, kind) ? clientTools[kind] : undefined
  if (!tool) return kind === 'custom' ? customForm : functionForm
  const { itemType: type, idPrefix } = tool
  return { type, idPrefix, hasName: false, toFields: (json) => toCallFields(tool, parseJson(json)) }
}

/** Opens the call of a tool.
 *  @param view how the client knows the tool */
export const openCall = (
  { emit, index, suffix }: ItemPlace,
  { index: callIndex, id: callId = `call_${suffix}` }: CallPiece,
  view: ClientView,
): OpenItem => {
  const form = getForm(view.kind)
  const id = `${form.idPrefix}_${suffix}`
  const at = { item_id: id, output_index: index }
  const { name, namespace } = view
  const progress = new JsonProgress()
  let json = ''
  const toItem = (status: string): JsonObject => ({
    ...{ id, type: form.type, status, call_id: callId },
    ...(form.hasName && { name, ...(namespace !== undefined && { namespace }) }),
    ...form.toFields(json),
  })
  const announce = (): void => emit('response.output_item.added', { output_index: index, item: toItem('in_progress') })
  if (form.hasName) announce()
  return {
    takes: (piece) => piece.kind === 'call' && piece.index === callIndex,
    add: ({ text }) => {
      json += text
      progress.add(text)
      if (text !== '') form.onPiece?.(emit, at, text)
    },
    mayEnd: () => progress.complete,
    end: (status) => {
      if (!form.hasName) announce()
      const item = toItem(status)
      form.onEnd?.(emit, at, item)
      emit('response.output_item.done', { output_index: index, item })
      return item
    },
    peek: () => toItem('incomplete'),
  }
}
