import type { OpenAIError } from '../../protocol/errors.ts'
import type { FailureFacts, StreamWriter } from '../../protocol/reply-writer.ts'
import { sseKeepAlive } from '../../protocol/sse.ts'
import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, listObjects } from '../../runtime/json.ts'
import { BlockQueue } from './block-queue.ts'
import { toMessageId } from './chat-ids.ts'
import { readChatContent } from './chat-message.ts'
import { toError } from './error-body.ts'
import { toMessageUsage } from './message-usage.ts'
import type { ReplyFacts } from './reply-facts.ts'
import { signThought } from './signature.ts'
import { type Stop, toStop } from './stop-reason.ts'
import { createMessage, createToolUse } from './whole-message.ts'

/** Writes a chat's stream as the events of a message (Anthropic documentation, "Streaming messages"). Client libraries go by the
 *  name of an event, which is its type. */
export class MessageStream implements StreamWriter {
  private readonly facts: ReplyFacts
  private readonly blocks = new BlockQueue()
  private id = ''
  private hasBegun = false
  private stop: Omit<Stop, 'callsTools'> = { reason: undefined, matched: undefined }

  constructor(facts: ReplyFacts) {
    this.facts = facts
  }

  write(chunk: JsonObject): string {
    this.id ||= toMessageId(chunk['id'])
    const choices = listObjects(chunk['choices'])
    for (const choice of choices) this.add(choice)
    const hasNews = this.blocks.hasBlocks || this.stop.reason !== undefined
    return hasNews ? this.open() + format(this.blocks.takeEvents(false)) : ''
  }

  private add({ delta, finish_reason: reason, stop_reason: matched }: JsonObject): void {
    const { thought, text, calls } = readChatContent(isObject(delta) ? delta : {})
    const last = { type: 'signature_delta', signature: signThought(this.id) }
    this.blocks.addText('thinking', thought, last)
    this.blocks.addText('text', text)
    for (const call of calls) this.blocks.addCall(call.index, call.arguments, createToolUse(call, {}, this.facts))
    if (!reason) return
    this.stop = { reason, matched }
    this.blocks.endCalls()
  }

  /** The first event. Its count of the prompt is estimated: clients need a number, and take the exact one from the end. */
  private open(): string {
    if (this.hasBegun) return ''
    this.hasBegun = true
    const usage = { input_tokens: this.facts.promptTokens(), ...noTokens, output_tokens: 1 }
    const message = { ...createMessage(this.id, this.facts), usage }
    return format([{ type: 'message_start', message }, ping])
  }

  keepAlive(): string {
    return this.hasBegun ? format([ping]) : sseKeepAlive
  }

  end(usage: Usage, more: JsonObject): string {
    const opened = this.open()
    const { callsTools } = this.blocks
    if (!this.blocks.hasBlocks) this.blocks.addEmptyText()
    this.blocks.endCalls()
    return (
      opened +
      format([
        ...this.blocks.takeEvents(true),
        {
          type: 'message_delta',
          delta: { ...toStop({ ...this.stop, callsTools }, this.facts), container: null },
          usage: { ...toMessageUsage(usage), ...more },
        },
        { type: 'message_stop' },
      ])
    )
  }

  fail({ message, code }: OpenAIError, { status, requestId }: FailureFacts): string {
    return format([{ type: 'error', error: toError(status, message, code), request_id: requestId }])
  }
}

const noTokens = { cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }

const ping = { type: 'ping' }

const format = (events: readonly JsonObject[]): string =>
  events.map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`).join('')
