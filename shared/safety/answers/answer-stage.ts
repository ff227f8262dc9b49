import { Writable } from 'node:stream'
import type { StreamWriter } from '../../protocol/reply-writer.ts'
import type { SafetyNote, Verdict } from '../../protocol/safety.ts'
import { SseSplitter, sseKeepAlive } from '../../protocol/sse.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { ChoiceCheck } from './choice-check.ts'
import { pickIdentity } from './choice-texts.ts'
import type { AnswerCheckers } from './text-check.ts'

/** The options of {@link AnswerStage}. */
export interface StageOptions extends Omit<AnswerCheckers, 'onVerdict' | 'onChange'> {
  /** The client's connection. */
  readonly client: Writable
  /** Writes the chunks in the client's wire. A chunk that is OpenAI's own goes on as it came. */
  readonly writer: StreamWriter
  readonly isOpenAI: boolean
  /** How many choices the client asked for. */
  readonly choices: number
  /** What stands in for a blocked choice of which nothing has gone out; undefined: nothing. */
  readonly sentence: string | undefined
  /** Longest silence before the client gets a comment, in milliseconds; 0: no comments. */
  readonly keepAliveMs: number
  /** Called with the text that goes out. */
  readonly onText: (text: string) => void
  readonly onVerdict: (verdict: Verdict, by: SafetyNote['by']) => void
  /** Called when no choice can go on: the provider need not write more. */
  readonly onBlocked: () => void
}

/** Stands between a provider's stream and the client. It takes the events of a chat or completion in normal form, and writes
 *  those that are clear. Choices are held back and blocked each on its own. */
export class AnswerStage extends Writable {
  private readonly options: StageOptions
  private readonly splitter = new SseSplitter()
  private readonly choices = new Map<number, ChoiceCheck>()
  private last: JsonObject = {}
  private writtenAt = performance.now()
  private onSettled: (() => void) | undefined

  constructor(options: StageOptions) {
    super({ decodeStrings: true })
    this.options = options
  }

  /** Whether a choice was blocked. */
  get isFiltered(): boolean {
    return [...this.choices.values()].some(({ isBlocked }) => isBlocked)
  }

  /** The fields that all chunks have: id, model and others. Further ones may hold texts. */
  get identity(): JsonObject {
    return pickIdentity(this.last)
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, onWritten: () => void): void {
    const isComment = bytes.length === sseKeepAlive.length && bytes.toString() === sseKeepAlive
    if (isComment) this.send(this.options.writer.keepAlive())
    else for (const { data, raw } of this.splitter.push(bytes)) this.take(data, raw?.toString() ?? '')
    this.keepAlive()
    const { client } = this.options
    if (!client.writableNeedDrain || client.destroyed) {
      onWritten()
      return
    }
    const go = (): void => {
      client.off('drain', go).off('close', go)
      onWritten()
    }
    client.on('drain', go).on('close', go)
  }

  /** Waits until all that has come is checked and written. */
  async finish(): Promise<void> {
    for (const choice of this.choices.values()) choice.end()
    this.update()
    const { client } = this.options
    if (!this.isSettled && !client.destroyed)
      await new Promise<void>((resolve) => {
        this.onSettled = resolve
        client.once('close', resolve)
      })
    this.stop()
  }

  private get isSettled(): boolean {
    return [...this.choices.values()].every((choice) => choice.isSettled)
  }

  private stop(): void {
    for (const choice of this.choices.values()) choice.stop()
  }

  private take(data: string, raw: string): void {
    const fields = parseJson(data)
    if (!isObject(fields)) return
    this.last = fields
    const { choices } = fields
    if (!Array.isArray(choices) || choices.length === 0) {
      this.send(this.format(fields, raw))
      return
    }
    const listed = (choices as unknown[]).filter(isObject)
    for (const choice of listed) {
      const alone = listed.length === 1 ? fields : { ...fields, choices: [choice] }
      this.getChoice(Number(choice['index'] ?? 0)).add(choice, fields, () =>
        listed.length === 1 ? this.format(fields, raw) : this.format(alone, ''),
      )
      this.update()
    }
  }

  private format(fields: JsonObject, raw: string): string {
    return this.options.isOpenAI && raw !== '' ? raw : this.options.writer.write(fields)
  }

  private getChoice(index: number): ChoiceCheck {
    const known = this.choices.get(index)
    if (known) return known
    const choice = new ChoiceCheck({ ...this.options, onChange: () => this.update() })
    this.choices.set(index, choice)
    return choice
  }

  /** Writes what may go out, and the ends of blocked choices. */
  private update(): void {
    for (const [index, choice] of this.choices) {
      if (choice.isClosed) continue
      const { events, text } = choice.release()
      if (text !== '') this.options.onText(text)
      this.send(events)
      if (choice.isBlocked) this.close(index, choice)
    }
    if (this.isSettled) this.onSettled?.()
  }

  private close(index: number, choice: ChoiceCheck): void {
    const { sentence, writer, choices, onBlocked } = this.options
    choice.isClosed = true
    const content = choice.hasBegun ? undefined : (sentence ?? '')
    this.send(writer.write({ ...this.identity, choices: [toLastChoice(this.last, index, content)] }))
    const blocked = [...this.choices.values()].filter(({ isClosed }) => isClosed)
    if (blocked.length >= Math.max(choices, this.choices.size)) onBlocked()
  }

  private send(events: string): void {
    const { client } = this.options
    if (events === '' || client.destroyed) return
    this.writtenAt = performance.now()
    client.write(events)
  }

  /** While much is held back, the provider's own events keep no connection open. */
  private keepAlive(): void {
    const { keepAliveMs, writer } = this.options
    if (keepAliveMs > 0 && performance.now() - this.writtenAt >= keepAliveMs) this.send(writer.keepAlive())
  }
}

/** The last chunk of a blocked choice, in the form of the chunks before it.
 *  @param content undefined if a chunk of the choice has gone out. Otherwise this one is the first, and must name the role. */
const toLastChoice = ({ object }: JsonObject, index: number, content: string | undefined): JsonObject => {
  const end = { index, logprobs: null, finish_reason: 'content_filter' }
  if (object === 'text_completion') return { text: content ?? '', ...end }
  return { ...end, delta: content === undefined ? {} : { role: 'assistant', content } }
}
