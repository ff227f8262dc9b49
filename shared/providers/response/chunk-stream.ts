import type { Call } from '../../protocol/call.ts'
import { countPrompts } from '../../protocol/call-caps.ts'
import { operations } from '../../protocol/operations.ts'
import type { Route } from '../../protocol/route.ts'
import { formatSseData, formatSseEvent, type SseEvent } from '../../protocol/sse.ts'
import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseProviderError } from '../errors/parse-error.ts'
import { toInBandFailure } from '../errors/provider-failure.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'
import { getChoices, getText, getToolCalls } from '../normalize/choices.ts'
import { type ChoiceState, type ChunkContext, chunkRules } from '../normalize/chunk-rules.ts'
import { type Identity, resolveIdentity } from '../normalize/identity.ts'
import { appendNullUsage, removeNullUsage } from '../normalize/null-usage.ts'
import { applyRules, type RuleTarget } from '../normalize/rules.ts'
import { extractUsage } from '../normalize/usage-fields.ts'

export interface ChunkStreamOptions {
  readonly route: Route
  readonly call: Call
  /** Hears the text of every chunk. */
  readonly onText: (text: string) => void
  /** Turns a chunk into one of another operation; undefined from it drops the chunk. */
  readonly reshape?: (chunk: JsonObject) => JsonObject | undefined
}

/** Follows the chunks of one stream: what goes on to the client, and what the stream has told so far. An event goes on
 *  byte for byte unless a rule (`chunk-rules.ts`) needs it rewritten. */
export class ChunkStream {
  /** Whether `[DONE]` came: nothing after it counts. */
  done = false
  private readonly options: ChunkStreamOptions
  private readonly choices = new Map<unknown, ChoiceState>()
  /** The last usage the provider stated. */
  private usage: Usage | undefined
  private identity: Identity | undefined
  private context: ChunkContext | undefined
  /** Whether any text has come, and whether any has come since the last usage. */
  private heard = false
  private heardSinceUsage = false
  /** Whether the last usage came with the end of the answer or after it. */
  private usageIsLast = false

  constructor(options: ChunkStreamOptions) {
    this.options = options
  }

  /** Whether the answer is whole: `[DONE]` came, or as many choices as were asked for have named their `finish_reason`. */
  get complete(): boolean {
    if (this.done) return true
    const { route, call } = this.options
    const choices = [...this.choices.values()]
    return choices.length >= countRequestedChoices(route, call) && choices.every(({ finished }) => finished)
  }

  /** The usage to bill by: the last one, unless it cannot be the whole answer's because text came after it, or counts no output
   *  of a text before that was over: some providers state the prompt alone, or zeros, until the end. */
  get billableUsage(): Usage | undefined {
    const { usage } = this
    if (!usage || this.heardSinceUsage) return undefined
    return usage.completion_tokens === 0 && this.heard && !this.usageIsLast ? undefined : usage
  }

  /** Whether all has come but a usage; zeros may be followed by one that is meant. */
  get lacksOnlyUsage(): boolean {
    return this.complete && !this.done && !(this.usageIsLast && this.usage?.completion_tokens)
  }

  /** The bytes that an event becomes; undefined when the client gets nothing of it.
   *  @throws upstream_* for an event that tells an error or is no chunk */
  next(event: SseEvent): Buffer | undefined {
    const chunk = this.read(event)
    if (!chunk) return undefined
    const { reshape } = this.options
    if (!reshape) return this.bytes(event, chunk.fields, chunk.changed)
    const reshaped = reshape(chunk.fields)
    return reshaped && this.bytes(event, reshaped, true)
  }

  /** The chunk of an event, as the rules want it; undefined when the client gets nothing of it.
   *  @throws upstream_* for an event that tells an error or is no chunk */
  read({ data }: SseEvent): { readonly fields: JsonObject; readonly changed: boolean } | undefined {
    if (data === undefined || data === '' || this.done) return undefined
    if (data.startsWith('[DONE]')) {
      this.done = true
      return undefined
    }
    const fields = parseJson(data)
    const error = parseProviderError(fields)
    if (error) throw toInBandFailure(this.options.route, error)
    if (!isObject(fields)) throw invalidResponseError()
    const stated = extractUsage(fields)
    if (stated) this.takeUsage(stated)
    const chunk: RuleTarget = { fields, choices: getChoices(fields) }
    if (chunk.choices.length === 0) return undefined
    const changed = this.applyRules(chunk)
    if (chunk.choices.every((choice) => this.isAfterEnd(choice))) return undefined
    for (const choice of chunk.choices) this.observe(choice)
    if (stated) this.takeUsage(stated)
    return { fields, changed }
  }

  /** The usage chunk that ends a stream whose client asked for it; empty for another. Where the provider stated no usage, the
   *  one that was counted in its place is told, marked `estimated`. */
  usageChunk(counted: Usage): string {
    const { call, reshape } = this.options
    if (!call.includeUsage) return ''
    const object = operations[call.operation].object.chunk
    const usage = this.billableUsage ?? { ...counted, estimated: true }
    const chunk: JsonObject = { ...this.identity, object, choices: [], usage }
    return formatSseEvent(reshape?.(chunk) ?? chunk)
  }

  /** A usage covers what its own chunk says as well. */
  private takeUsage(usage: Usage): void {
    this.usage = usage
    this.usageIsLast = this.complete
    this.heardSinceUsage = false
  }

  private applyRules(chunk: RuleTarget): boolean {
    const { route, call } = this.options
    this.identity ??= resolveIdentity(chunk.fields, route, call)
    this.context ??= { operation: call.operation, identity: this.identity, choice: (index) => this.choiceState(index) }
    return applyRules(chunkRules, chunk, this.context)
  }

  private choiceState(index: unknown): ChoiceState {
    const known = this.choices.get(index)
    if (known) return known
    const fresh: ChoiceState = { begun: false, finished: false, calledTools: false, toolCallIds: [] }
    this.choices.set(index, fresh)
    return fresh
  }

  /** Whether a choice has ended before and gets nothing more: OpenRouter and Azure send such chunks for their own ends. */
  private isAfterEnd(choice: JsonObject): boolean {
    return this.choiceState(choice['index']).finished && !hasNewContent(choice)
  }

  private observe(choice: JsonObject): void {
    const state = this.choiceState(choice['index'])
    state.begun = true
    if (choice['finish_reason']) state.finished = true
    state.calledTools ||= getToolCalls(choice['delta']).length > 0
    const text = getText(choice)
    if (text !== '') this.heard = this.heardSinceUsage = true
    this.options.onText(text)
  }

  private bytes({ raw, data = '', wellFormed }: SseEvent, fields: JsonObject, changed: boolean): Buffer {
    const usage = this.options.call.includeUsage ? null : undefined
    const edited = changed ? undefined : editUsage(data, fields['usage'], usage)
    if (edited === data && wellFormed) return raw
    if (edited !== undefined) return Buffer.from(formatSseData(edited.replace(/[\r\n]/g, '')))
    if (usage === null) fields['usage'] = null
    else delete fields['usage']
    return Buffer.from(formatSseEvent(fields))
  }
}

/** The text of a chunk with `usage` null or absent, as the client wants it; undefined where that takes more than a text edit. */
const editUsage = (data: string, given: unknown, wanted: null | undefined): string | undefined => {
  if (given === wanted) return data
  if (given === null) return removeNullUsage(data)
  return given === undefined ? appendNullUsage(data) : undefined
}

const hasNewContent = ({ delta, text }: JsonObject): boolean =>
  Boolean(text) ||
  (isObject(delta) &&
    Object.entries(delta).some(
      ([field, value]) => field !== 'role' && value && !(Array.isArray(value) && value.length === 0),
    ))

/** How many choices a provider is asked for, at least 1: `n` for each prompt. */
const countRequestedChoices = ({ defaultParams, dropParams }: Route, { body }: Call): number => {
  const { n } = { ...defaultParams, ...body }
  return countPrompts(body['prompt']) * (typeof n === 'number' && n > 1 && !dropParams.includes('n') ? n : 1)
}
