import type { TextCall } from '../../protocol/call.ts'
import type { GatewayError } from '../../protocol/errors.ts'
import { operations } from '../../protocol/operations.ts'
import type { Target } from '../../protocol/route.ts'
import type { SseEvent } from '../../protocol/sse.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { once } from '../../runtime/memoize.ts'
import { UnjudgedError } from '../errors/provider-failure.ts'
import type { ChoiceState } from '../normalize/choice-state.ts'
import { type Choice, getText } from '../normalize/choices.ts'
import { findReason, readFinishReason } from '../normalize/finish-reasons.ts'
import { resolveIdentity } from '../normalize/identity.ts'
import { getChoices, type NormalizeOptions, type NormalResponse, normalize } from '../normalize/normalize.ts'
import { countRequestedChoices, getToolNames } from '../normalize/request-facts.ts'
import type { RuleTarget } from '../normalize/rules.ts'
import { extractUsage } from '../normalize/usage-fields.ts'
import { failWith, isDone, parseEvent } from './parse-fields.ts'
import { StreamChoices } from './stream-choices.ts'
import { StreamUsage } from './stream-usage.ts'

/** The call that a response belongs to, and the consumers of its content. */
export interface ChunkReaderOptions {
  readonly target: Target
  readonly call: TextCall
  /** Called with the text of each chunk. */
  readonly onText: (text: string) => void
  /** Turns a chunk into one of another operation. Returns undefined to drop the chunk. */
  readonly reshape?: (chunk: RuleTarget) => JsonObject | undefined
}

/** Reads the events of one stream as chunks in normal form (`normalize/normalize.ts`), and keeps track of text, choices and
 *  usage. */
export class ChunkReader {
  /** Whether `[DONE]` came. Everything after it is ignored. */
  done = false
  /** Whether the last chunk is named as a whole response. */
  isWhole = false
  protected readonly options: ChunkReaderOptions
  protected normalizing: NormalizeOptions | undefined
  private readonly streamChoices: StreamChoices
  /** Whether a chunk could be read in part only. Then what follows cannot be understood. */
  private isHalfRead = false
  private readonly usage = new StreamUsage()
  /** The last of what came and was no chunk. */
  private noise = ''

  constructor(options: ChunkReaderOptions) {
    this.options = options
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

  /** The chunk of an event in normal form. Returns undefined if the client gets nothing of the event. If the response is
   *  complete, that is all that an event can come to: nothing turns a complete response into an error.
   *  @throws upstream_* if the event reports an error or is no chunk */
  protected read(event: SseEvent): NormalResponse | undefined {
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
    if (saysEnd) this.observeEnd(state, text === '' ? 'none' : isFirst ? 'first' : 'later')
    state.hasText ||= text !== ''
    if (state.finished && text === '') return false
    state.begun = true
    for (const field of cumulativeFields) if (typeof message[field] === 'string') state[field].add(message[field])
    if (reason) this.streamChoices.finish(state)
    this.addText(text)
    return true
  }

  /** Notes where a reason comes. What a target does in one stream, it does in the next. */
  private observeEnd(state: ChoiceState, text: 'none' | 'first' | 'later'): void {
    const { target } = this.options
    if (text === 'none' && !state.finished) reasonRepeaters.delete(target)
    this.streamChoices.observe(state, text, reasonRepeaters.has(target))
    if (state.doubt === 'again') reasonRepeaters.add(target)
  }

  protected addText(text: string): void {
    this.usage.addText(text)
    this.options.onText(text)
  }
}

/** The targets that have written a reason in each chunk of their last stream. */
const reasonRepeaters = new WeakSet<Target>()

/** Most characters that are kept of data that is no chunk. */
const maxNoiseLength = 2_000

/** The fields of a message whose text is remembered, because a message at the end may repeat them. */
const cumulativeFields = ['content', 'reasoning_content'] as const
