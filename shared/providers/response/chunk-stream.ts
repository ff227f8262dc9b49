import type { TextCall } from '../../protocol/call.ts'
import type { GatewayError } from '../../protocol/errors.ts'
import { operations } from '../../protocol/operations.ts'
import type { StreamWriter } from '../../protocol/reply-writer.ts'
import type { Target } from '../../protocol/route.ts'
import { formatSseData, formatSseEvent, type SseEvent, sseDone } from '../../protocol/sse.ts'
import { hasOnlyTotal, type Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { once } from '../../runtime/memoize.ts'
import { UnjudgedError } from '../errors/provider-failure.ts'
import type { ChoiceState } from '../normalize/choice-state.ts'
import { type Choice, getText } from '../normalize/choices.ts'
import { findReason, readFinishReason } from '../normalize/finish-reasons.ts'
import { resolveIdentity } from '../normalize/identity.ts'
import { getChoices, type NormalizeOptions, type NormalResponse, normalize } from '../normalize/normalize.ts'
import { editNullUsage } from '../normalize/null-usage.ts'
import { countRequestedChoices, getToolNames } from '../normalize/request-facts.ts'
import type { RuleTarget } from '../normalize/rules.ts'
import { extractUsage } from '../normalize/usage-fields.ts'
import { EventPatterns } from './event-pattern.ts'
import { failWith, isDone, parseEvent } from './parse-fields.ts'
import { StreamChoices } from './stream-choices.ts'
import { StreamUsage } from './stream-usage.ts'

/** The call that a response belongs to, and the consumers of its content. */
export interface ChunkStreamOptions {
  readonly target: Target
  readonly call: TextCall
  /** Called with the text of each chunk. */
  readonly onText: (text: string) => void
  /** Turns a chunk into one of another operation. Returns undefined to drop the chunk. */
  readonly reshape?: (chunk: RuleTarget) => JsonObject | undefined
}

/** Follows the chunks of one stream: turns events into bytes for the client, and keeps track of text, choices and
 *  usage. An event goes on byte for byte unless its chunk is not in normal form (`normalize/normalize.ts`). */
export class ChunkStream {
  /** Whether `[DONE]` came. Everything after it is ignored. */
  done = false
  protected readonly options: ChunkStreamOptions
  private readonly streamChoices: StreamChoices
  /** Whether the last chunk is named as a whole response. */
  isWhole = false
  /** Whether a chunk could be read in part only. Then what follows cannot be understood. */
  private isHalfRead = false
  private readonly usage = new StreamUsage()
  private normalizing: NormalizeOptions | undefined
  private readonly patterns = new EventPatterns()
  /** The writer of the client's wire, if that is none of OpenAI's chunks. */
  readonly writer: StreamWriter | undefined
  /** The last of what came and was no chunk. */
  private noise = ''

  constructor(options: ChunkStreamOptions) {
    this.options = options
    this.writer = options.call.reply?.createStream()
    this.streamChoices = new StreamChoices(countRequestedChoices(options.target, options.call))
  }

  /** Whether the response is complete: `[DONE]` came, or as many choices as the client asked for have a
   *  `finish_reason`. */
  get complete(): boolean {
    return this.done || (!this.isHalfRead && this.streamChoices.complete)
  }

  /** The usage to bill; undefined if the provider stated none that can be believed. */
  get billableUsage(): Usage | undefined {
    return this.usage.billable
  }

  /** The doubt that a complete response is at its end: the provider may write a reason in each chunk. `[DONE]`, a usage in a chunk of
   *  its own, the end without text, or a whole response removes it. */
  get doubt(): ChoiceState['doubt'] {
    return this.done || this.isWhole ? 'none' : this.streamChoices.doubt
  }

  /** Whether only a usage is still to come. A real one may follow zeros. */
  get lacksOnlyUsage(): boolean {
    return this.complete && !this.done && !this.usage.isFinal
  }

  /** The bytes for the client. Returns undefined if the client gets nothing of the event.
   *  @throws upstream_* if the event reports an error or is no chunk */
  next(event: SseEvent): Buffer | undefined {
    return this.repeat(event) ?? this.readNext(event)
  }

  /** The bytes of an event that has the pattern of those before it: of it only the text is read. */
  private repeat({ raw, data, isError }: SseEvent): Buffer | undefined {
    const matched = isError ? undefined : this.patterns.match(data)
    if (!matched) return undefined
    this.addText(matched.text)
    return raw && matched.data === data ? raw : Buffer.from(formatSseData(matched.data))
  }

  private readNext(event: SseEvent): Buffer | undefined {
    this.patterns.forget()
    const chunk = this.read(event)
    if (!chunk) return undefined
    const { reshape } = this.options
    const reshaped = reshape ? reshape(chunk) : chunk.fields
    if (!reshaped) return undefined
    if (this.writer) return toBytes(this.writer.write(reshaped))
    const { raw, data } = event
    const text = this.toData(data, reshape ? { fields: reshaped, changed: true } : chunk)
    if (!reshape && !data.includes('\n')) this.learn(data, chunk)
    return raw && text === data ? raw : Buffer.from(formatSseData(text.replace(/[\r\n]/g, '')))
  }

  private learn(data: string, chunk: NormalResponse): void {
    const { normalizing, toData } = this
    const [choice, ...others] = chunk.choices
    if (!choice || !normalizing || others.length > 0 || choice.state.finished) return
    this.patterns.learn({ data, normalizing, chunk, choice, toData })
  }

  /** The chunk of an event in normal form. Returns undefined if the client gets nothing of the event. If the response is
   *  complete, that is all that an event can come to: nothing turns a complete response into an error.
   *  @throws upstream_* if the event reports an error or is no chunk */
  read(event: SseEvent): NormalResponse | undefined {
    if (this.done) return undefined
    const wasComplete = this.complete
    try {
      if (isDone(event)) {
        const last = this.close({ finish_reason: 'stop' })
        this.done = true
        return last
      }
      const fields = parseEvent(event)
      if (fields) return this.take(fields)
      this.addNoise(event)
      return undefined
    } catch (thrown) {
      if (!wasComplete) throw thrown
      this.done = this.isHalfRead
      return undefined
    }
  }

  /** Why the response cannot be used: the provider's text in place of chunks, if that turns out to be an error, or the
   *  given error. */
  explain(error: GatewayError): GatewayError {
    return this.noise === '' ? error : new UnjudgedError(this.noise, error)
  }

  /** Text is a heartbeat as long as the stream goes on. */
  private addNoise({ data }: SseEvent): void {
    const noise = data.startsWith('{') ? data : `${this.noise}\n${data}`
    this.noise = noise.trim().slice(-maxNoiseLength)
  }

  /** Counts the text that is held back when the stream breaks off. The provider bills it, so a client that leaves then pays for it. */
  countHeld(): void {
    this.addText(this.streamChoices.getHeldText())
  }

  /** The events that end a complete stream: a usage chunk if the client asked for one, and `[DONE]`. If the provider stated
   *  no usage, or a total alone, they have the `counted` one, marked `estimated`. `more` are fields beside it. */
  writeEnd(counted: Usage, more: JsonObject = {}): string {
    const { billableUsage: stated, writer } = this
    const usage = stated && !hasOnlyTotal(stated) ? stated : { ...stated, ...counted, estimated: true }
    return writer ? writer.end(usage, more) : this.formatUsage(usage, more) + sseDone
  }

  private formatUsage(usage: Usage, more: JsonObject): string {
    const { call, reshape } = this.options
    if (!call.includeUsage) return ''
    const object = operations[call.operation].object.chunk
    const fields: JsonObject = { ...this.normalizing?.context.identity, object, choices: [], usage, ...more }
    return formatSseEvent(reshape?.({ fields, choices: [] }) ?? fields)
  }

  private take(fields: JsonObject): NormalResponse | undefined {
    const usage = extractUsage(fields)
    const { object } = operations[this.options.call.operation]
    this.isWhole = fields['object'] === object.whole && object.whole !== object.chunk
    const hasChoices = getChoices(fields).length > 0
    const chunk = hasChoices ? this.normalize(fields) : this.close(fields)
    if (usage && !hasChoices) this.streamChoices.confirmEnd()
    if (usage) this.usage.state(usage, this.complete)
    return chunk
  }

  /** The chunk that ends the choices which have no reason yet, if the fields state one. Strict clients take a choice without
   *  one for cut off. */
  private close(fields: JsonObject): NormalResponse | undefined {
    const reason = findReason({}, fields)
    if (!readFinishReason(reason)) return undefined
    const toContent = this.options.call.operation === 'completions' ? () => ({ text: '' }) : () => ({ delta: {} })
    const choices = this.streamChoices.listIndexes().map((index) => ({ index, ...toContent(), finish_reason: reason }))
    return choices.length > 0 ? this.normalize({ choices }) : undefined
  }

  private normalize(fields: JsonObject): NormalResponse | undefined {
    this.normalizing ??= this.createNormalizing(fields)
    this.isHalfRead = true
    const chunk = normalize(fields, this.normalizing)
    this.isHalfRead = false
    return chunk.choices.length > 0 ? chunk : undefined
  }

  private createNormalizing(first: JsonObject): NormalizeOptions {
    const { target, call } = this.options
    const { operation } = call
    const object = operations[operation].object.chunk
    return {
      form: 'chunk',
      operation,
      context: { object, identity: resolveIdentity(first, target, call), usage: undefined },
      getToolNames: once(() => getToolNames(target, call)),
      getState: this.streamChoices.getState,
      onChoice: this.observe,
      fail: failWith,
    }
  }

  /** Returns whether the client gets a choice. One that has ended gets nothing more without content: OpenRouter and
   *  Azure send such chunks for their own purposes. */
  private readonly observe = (choice: Choice): boolean => {
    const { state, message, reason, saysEnd } = choice
    const text = getText(choice, this.options.call.operation)
    const isFirst = !state.hasText || (state.content.length === 0 && Boolean(message['content']))
    if (saysEnd) this.streamChoices.observe(state, text === '' ? 'none' : isFirst ? 'first' : 'later')
    state.hasText ||= text !== ''
    if (state.finished && text === '') return false
    state.begun = true
    for (const field of cumulativeFields) if (typeof message[field] === 'string') state[field].add(message[field])
    if (reason) this.streamChoices.finish(state)
    this.addText(text)
    return true
  }

  private addText(text: string): void {
    this.usage.addText(text)
    this.options.onText(text)
  }

  /** The client's data for a chunk: the given data if the chunk is in normal form, with `usage` as the client wants
   *  it. */
  private readonly toData = (data: string, { fields, changed }: Changed): string => {
    const usage = this.options.call.includeUsage ? null : undefined
    const edited = changed ? undefined : editNullUsage(data, fields['usage'], usage)
    if (edited !== undefined) return edited
    if (usage === null) fields['usage'] = null
    else delete fields['usage']
    return JSON.stringify(fields)
  }
}

const toBytes = (text: string): Buffer | undefined => (text === '' ? undefined : Buffer.from(text))

/** Most characters that are kept of data that is no chunk. */
const maxNoiseLength = 2_000

type Changed = Pick<NormalResponse, 'fields' | 'changed'>

/** The fields of a message whose text is remembered, because a message at the end may repeat them. */
const cumulativeFields = ['content', 'reasoning_content'] as const
