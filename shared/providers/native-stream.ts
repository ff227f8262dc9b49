import type { NativeReader, NativeWire } from '../protocol/chat-wire.ts'
import type { GatewayError } from '../protocol/errors.ts'
import type { StreamWriter } from '../protocol/reply-writer.ts'
import type { SseEvent } from '../protocol/sse.ts'
import type { Usage } from '../protocol/usage.ts'
import type { JsonObject } from '../runtime/json.ts'
import { UnjudgedError } from './errors/provider-failure.ts'
import type { TargetCall } from './exchange.ts'
import type { EventReader } from './response/event-stream.ts'
import { isDone, parseFields } from './response/parse-fields.ts'

/** Follows a stream in the client's own wire. The data of each event goes on as it came. The events before the model's
 *  first are held back until then, so that a failure can still be a status; the last one, until the call is recorded. */
export class NativeStream implements EventReader {
  done = false
  readonly doubt = 'none'
  readonly lacksOnlyUsage = false
  readonly isWhole = false
  readonly writer: StreamWriter | undefined
  private readonly wire: NativeWire
  private readonly options: TargetCall
  private readonly reader: NativeReader
  private usage: Usage | undefined
  private opening = ''
  private isOpen = false
  private end = ''

  constructor(wire: NativeWire, options: TargetCall) {
    this.wire = wire
    this.options = options
    this.reader = wire.createReader()
    this.writer = options.call.reply?.createStream()
  }

  /** Only the last event completes a stream. */
  get complete(): boolean {
    return this.done
  }

  get billableUsage(): Usage | undefined {
    return this.usage
  }

  /** @throws upstream_* if the event reports an error, or is no event of the wire */
  next(event: SseEvent): Buffer | undefined {
    if (this.done || isDone(event)) return undefined
    const fields = this.parse(event)
    if (!fields) return undefined
    const { text, usage, place, error } = this.reader.read(fields)
    if (error !== undefined) throw new UnjudgedError(error)
    if (text !== '') this.options.onText(text)
    if (usage) this.usage = usage
    const frame = this.format(fields, event)
    this.writer?.follow?.(fields)
    if (place === 'end') {
      this.done = true
      this.end = frame
      return undefined
    }
    this.isOpen ||= place === 'middle'
    const frames = this.opening + frame
    this.opening = this.isOpen ? '' : frames
    return this.isOpen ? Buffer.from(frames) : undefined
  }

  private parse({ data, isError }: SseEvent): JsonObject | undefined {
    if (isError) throw new UnjudgedError(data)
    if (data[0] !== '{') return undefined
    const fields = parseFields(data)
    return typeof fields['type'] === 'string' ? fields : undefined
  }

  /** The event under its name, which client libraries go by. */
  private format(fields: JsonObject, { data }: SseEvent): string {
    const { call, target } = this.options
    const named = target.upstreamModel === call.model ? fields : this.wire.rename(fields, call.model)
    const text = named === fields ? data.replace(/[\r\n]+/g, ' ') : JSON.stringify(named)
    return `event: ${String(fields['type'])}\ndata: ${text}\n\n`
  }

  explain(error: GatewayError): GatewayError {
    return error
  }

  countHeld(): void {}

  writeEnd(): string {
    return this.opening + this.end
  }
}
