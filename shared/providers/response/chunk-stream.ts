import { operations } from '../../protocol/operations.ts'
import type { StreamWriter } from '../../protocol/reply-writer.ts'
import { formatSseData, formatSseEvent, type SseEvent, sseDone } from '../../protocol/sse.ts'
import { hasOnlyTotal, type Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { NormalResponse } from '../normalize/normalize.ts'
import { editNullUsage } from '../normalize/null-usage.ts'
import { ChunkReader, type ChunkReaderOptions } from './chunk-reader.ts'
import { EventPatterns } from './event-pattern.ts'

/** Turns the events of one stream into bytes for the client. An event goes on byte for byte unless its chunk is not in normal
 *  form (`normalize/normalize.ts`). */
export class ChunkStream extends ChunkReader {
  /** The writer of the client's wire, if that is none of OpenAI's chunks. */
  readonly writer: StreamWriter | undefined
  private readonly patterns = new EventPatterns()

  constructor(options: ChunkReaderOptions) {
    super(options)
    this.writer = options.call.reply?.createStream()
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

type Changed = Pick<NormalResponse, 'fields' | 'changed'>
