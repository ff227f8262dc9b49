import type { Call } from '../../protocol/call.ts'
import { countPrompts } from '../../protocol/call-caps.ts'
import { operations } from '../../protocol/operations.ts'
import type { Target } from '../../protocol/route.ts'
import { formatSseData, formatSseEvent, type SseEvent } from '../../protocol/sse.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { type Choice, type ChoiceState, createChoiceState, getText, parseChoices } from '../normalize/choices.ts'
import { chunkRules } from '../normalize/chunk-rules.ts'
import { resolveIdentity } from '../normalize/identity.ts'
import { appendNullUsage, removeNullUsage } from '../normalize/null-usage.ts'
import { applyRules, type RuleContext, type RuleTarget } from '../normalize/rules.ts'
import { extractUsage } from '../normalize/usage-fields.ts'
import { parseFields } from './parse-fields.ts'

/** The call that a response belongs to, and the consumers of its content. */
export interface ChunkStreamOptions {
  readonly target: Target
  readonly call: Call
  /** Called with the text of each chunk. */
  readonly onText: (text: string) => void
  /** Turns a chunk into one of another operation. Returns undefined to drop the chunk. */
  readonly reshape?: (chunk: RuleTarget) => JsonObject | undefined
}

/** A chunk in normal form. `changed`: whether it differs from the chunk that the provider sent. */
interface NormalChunk extends RuleTarget {
  readonly changed: boolean
}

/** Follows the chunks of one stream: turns events into bytes for the client, and keeps track of text, choices and
 *  usage. An event goes on byte for byte unless a rule (`chunk-rules.ts`) changes its chunk. */
export class ChunkStream {
  /** Whether `[DONE]` came. Everything after it is ignored. */
  done = false
  private readonly options: ChunkStreamOptions
  private readonly states = new Map<number, ChoiceState>()
  private context: RuleContext | undefined
  /** The last usage that the provider stated. */
  private usage: Usage | undefined
  /** Whether the last usage came with the end of the response or after it. */
  private usageIsLast = false
  private hasText = false
  private hasTextSinceUsage = false

  constructor(options: ChunkStreamOptions) {
    this.options = options
  }

  /** Whether the response is complete: `[DONE]` came, or as many choices as the client asked for have a
   *  `finish_reason`. */
  get complete(): boolean {
    if (this.done) return true
    const { target, call } = this.options
    const states = [...this.states.values()]
    return states.length >= countRequestedChoices(target, call) && states.every(({ finished }) => finished)
  }

  /** The usage to bill. Undefined if text arrived after it, or if it counts no output although text arrived before the
   *  end: some providers state only the prompt, or zeros, until the last chunk. */
  get billableUsage(): Usage | undefined {
    const { usage } = this
    if (!usage || this.hasTextSinceUsage) return undefined
    return usage.completion_tokens === 0 && this.hasText && !this.usageIsLast ? undefined : usage
  }

  /** Whether only a usage is still to come. A real one may follow zeros. */
  get lacksOnlyUsage(): boolean {
    return this.complete && !this.done && !(this.usageIsLast && this.usage?.completion_tokens)
  }

  /** The bytes for the client. Returns undefined if the client gets nothing of the event.
   *  @throws upstream_* if the event reports an error or is no chunk */
  next(event: SseEvent): Buffer | undefined {
    const chunk = this.read(event)
    if (!chunk) return undefined
    const { reshape } = this.options
    if (!reshape) return this.toBytes(event, chunk.fields, chunk.changed)
    const reshaped = reshape(chunk)
    return reshaped && this.toBytes(event, reshaped, true)
  }

  /** The chunk of an event in normal form. Returns undefined if the client gets nothing of the event.
   *  @throws upstream_* if the event reports an error or is no chunk */
  read({ data }: SseEvent): NormalChunk | undefined {
    if (data === undefined || data === '' || this.done) return undefined
    if (data.startsWith('[DONE]')) {
      this.done = true
      return undefined
    }
    const fields = parseFields(data, this.options.target)
    const parsed: RuleTarget = { fields, choices: parseChoices(fields, this.getState) }
    const usage = extractUsage(parsed)
    const chunk = this.normalize(parsed)
    if (usage) this.setUsage(usage)
    return chunk
  }

  /** The usage chunk that ends a stream if the client asked for one; otherwise an empty string. If the provider stated
   *  no usage, the chunk has the `counted` one, marked `estimated`. */
  usageChunk(counted: Usage): string {
    const { call, reshape } = this.options
    if (!call.includeUsage) return ''
    const object = operations[call.operation].object.chunk
    const usage = this.billableUsage ?? { ...counted, estimated: true }
    const fields: JsonObject = { ...this.context?.identity, object, choices: [], usage }
    return formatSseEvent(reshape?.({ fields, choices: [] }) ?? fields)
  }

  private readonly getState = (index: number): ChoiceState => {
    const known = this.states.get(index)
    if (known) return known
    const state = createChoiceState()
    this.states.set(index, state)
    return state
  }

  private normalize({ fields, choices }: RuleTarget): NormalChunk | undefined {
    if (choices.length === 0) return undefined
    const { target, call } = this.options
    const { operation } = call
    this.context ??= {
      object: operations[operation].object.chunk,
      identity: resolveIdentity(fields, target, call),
      usage: undefined,
    }
    const changed = applyRules(chunkRules[operation], { fields, choices }, this.context)
    if (choices.every(isAfterEnd)) return undefined
    for (const choice of choices) this.observe(choice)
    return { fields, choices, changed }
  }

  private observe(choice: Choice): void {
    const { fields, state, toolCalls } = choice
    state.begun = true
    if (fields['finish_reason']) state.finished = true
    if (toolCalls.length > 0) state.calledTools = true
    const text = getText(choice)
    if (text !== '') this.hasText = this.hasTextSinceUsage = true
    this.options.onText(text)
  }

  /** A usage covers the text of its own chunk too. */
  private setUsage(usage: Usage): void {
    this.usage = usage
    this.usageIsLast = this.complete
    this.hasTextSinceUsage = false
  }

  private toBytes({ raw, data = '', wellFormed }: SseEvent, fields: JsonObject, changed: boolean): Buffer {
    const usage = this.options.call.includeUsage ? null : undefined
    const edited = changed ? undefined : editUsage(data, fields['usage'], usage)
    if (edited === data && wellFormed) return raw
    if (edited !== undefined) return Buffer.from(formatSseData(edited.replace(/[\r\n]/g, '')))
    if (usage === null) fields['usage'] = null
    else delete fields['usage']
    return Buffer.from(formatSseEvent(fields))
  }
}

/** The text of a chunk, with `usage` null or absent as the client wants it. Returns undefined if that takes more than a
 *  text edit. */
const editUsage = (data: string, given: unknown, wanted: null | undefined): string | undefined => {
  if (given === wanted) return data
  if (given === null) return removeNullUsage(data)
  return given === undefined ? appendNullUsage(data) : undefined
}

/** Whether a choice ended earlier and gets nothing more. OpenRouter and Azure send such chunks for their own
 *  purposes. */
const isAfterEnd = (choice: Choice): boolean => choice.state.finished && !hasNewContent(choice)

const hasNewContent = ({ fields, delta = {} }: Choice): boolean =>
  Boolean(fields['text']) ||
  Object.entries(delta).some(
    ([field, value]) => field !== 'role' && value && !(Array.isArray(value) && value.length === 0),
  )

/** The number of choices that the provider is asked for, at least 1: `n` for each prompt. */
const countRequestedChoices = ({ defaultParams, dropParams }: Target, { body }: Call): number => {
  const { n } = { ...defaultParams, ...body }
  return countPrompts(body['prompt']) * (typeof n === 'number' && n > 1 && !dropParams.includes('n') ? n : 1)
}
