import { randomUUID } from 'node:crypto'
import type { OpenAIError } from '../../protocol/errors.ts'
import type { FailureFacts, ReplyWriter, StreamWriter } from '../../protocol/reply-writer.ts'
import { formatSseEvent, sseKeepAlive } from '../../protocol/sse.ts'
import { isCount, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, listObjects } from '../../runtime/json.ts'
import { pickFields } from '../fields/request-fields.ts'
import { wantsLogprobs } from './chat-body.ts'
import { readPieces } from './chunk-pieces.ts'
import { Output } from './output.ts'
import type { Emit } from './output-items.ts'
import { type ResponseFacts, toResponse, toResponseUsage } from './response-object.ts'
import type { ClientView } from './tools.ts'

/** Facts that the reply to a request needs. */
export interface ReplyOptions {
  /** The request of the client. */
  readonly request: Readonly<JsonObject>
  readonly model: string
  /** The client's view of each tool, by its name in the chat. */
  readonly views: ReadonlyMap<string, ClientView>
  /** Makes `encrypted_content` of a thought; undefined if the client does not ask for it. */
  readonly seal: ((text: string) => string) | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Creates the unique part of the ids of a response. */
  readonly createId?: () => string
}

/** Creates the writer of the reply to a request. A whole reply has the items that a stream would have. */
export const createReply = (options: ReplyOptions): ReplyWriter => ({
  writeWhole: (response, usage) => {
    const reply = new Reply(options, () => undefined)
    reply.add(toChunk(response))
    return reply.complete(usage, {}).response
  },
  createStream: () => createStream(options),
})

/** A whole response in the form of one chunk. */
const toChunk = (response: JsonObject): JsonObject => {
  const choices = listObjects(response['choices'])
  return { ...response, choices: choices.map(({ message, ...choice }) => ({ ...choice, delta: message })) }
}

const createStream = (options: ReplyOptions): StreamWriter => {
  let text = ''
  let sequence = 0
  const emit: Emit = (type, fields) => {
    const event = { type, ...fields, sequence_number: sequence++ }
    text += `event: ${type}\n${formatSseEvent(event)}`
  }
  const flush = (): string => {
    const flushed = text
    text = ''
    return flushed
  }
  const reply = new Reply(options, emit)
  return {
    write: (chunk) => {
      reply.add(chunk)
      return flush()
    },
    follow: (event) => {
      if (isCount(event['sequence_number'])) sequence = event['sequence_number'] + 1
      reply.follow(event)
    },
    keepAlive: () => sseKeepAlive,
    end: (usage, more) => {
      const { type, response } = reply.complete(usage, more)
      emit(type, { response })
      return flush()
    },
    fail: (error, facts) => {
      const { code, message, param } = error
      emit('error', { code, message, param, error })
      emit('response.failed', { response: reply.fail(error, facts) })
      return flush()
    },
  }
}

/** One response, which grows with the chunks of a chat. */
class Reply {
  private readonly options: ReplyOptions
  private readonly emit: Emit
  private readonly facts: ResponseFacts
  private readonly output: Output
  private readonly wantsLogprobs: boolean
  private begun = false
  private reason: unknown
  /** What a provider that has the API itself has sent: the names of its response, and its items that are whole. */
  private followed: { readonly names: JsonObject; readonly items: JsonObject[] } | undefined

  constructor(options: ReplyOptions, emit: Emit) {
    const { createId = createUniqueId, request, model, views, seal } = options
    const suffix = createId()
    this.options = options
    this.emit = emit
    this.facts = { id: `resp_${suffix}`, createdAt: this.getSeconds(), model, request }
    this.output = new Output({ emit, suffix, views, seal })
    this.wantsLogprobs = wantsLogprobs(request)
  }

  /** Adds a chunk. The events begin with the first content. */
  add(chunk: JsonObject): void {
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : []
    const choice: unknown = choices.find((one) => isObject(one) && (one['index'] ?? 0) === 0)
    if (!isObject(choice)) return
    const pieces = readPieces(choice, this.wantsLogprobs)
    if (pieces.length > 0 || choice['finish_reason']) this.begin()
    for (const piece of pieces) this.output.add(piece)
    this.reason = choice['finish_reason'] ?? this.reason
  }

  /** Ends the response, and returns it with the type of its last event. */
  complete(usage: Usage, more: JsonObject): { readonly type: string; readonly response: JsonObject } {
    this.begin()
    const reason = typeof this.reason === 'string' ? incompleteReasons[this.reason] : undefined
    const status = reason === undefined ? 'completed' : 'incomplete'
    const output = this.output.end(status)
    const state = { status, output, reason, usage: toResponseUsage(usage) } as const
    const ended = status === 'completed' ? { completedAt: this.getSeconds() } : {}
    return { type: `response.${status}`, response: { ...toResponse(this.facts, { ...state, ...ended }), ...more } }
  }

  /** Notes an event of a provider that has the API itself. */
  follow({ type, response, item }: JsonObject): void {
    this.followed ??= { names: isObject(response) ? pickFields(response, ['id', 'created_at']) : {}, items: [] }
    if (type === 'response.output_item.done' && isObject(item)) this.followed.items.push(item)
  }

  /** The response as it broke off. */
  fail({ message, code }: OpenAIError, { status }: FailureFacts): JsonObject {
    const error = { code: toFailureCode(code, status), message }
    const { names, items: output } = this.followed ?? { names: {}, items: this.output.peek() }
    return { ...toResponse(this.facts, { status: 'failed', output, error }), ...names }
  }

  private begin(): void {
    if (this.begun) return
    this.begun = true
    const response = toResponse(this.facts, { status: 'in_progress', output: [] })
    this.emit('response.created', { response })
    this.emit('response.in_progress', { response })
  }

  private getSeconds(): number {
    const { now = Date.now } = this.options
    return Math.floor(now() / 1_000)
  }
}

const createUniqueId = (): string => randomUUID().replaceAll('-', '')

/** The reasons for an incomplete response, by those of a chat. */
const incompleteReasons: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
}

/** The codes that Codex knows (`codex-api/src/sse/responses.rs`). It repeats a request that failed with any other, so a fault of
 *  the request itself has one of them. */
const failureCodes: ReadonlySet<string | null> = new Set([
  ...['context_length_exceeded', 'insufficient_quota', 'rate_limit_exceeded', 'invalid_prompt'],
])

const toFailureCode = (code: string | null, status: number): string => {
  if (code !== null && failureCodes.has(code)) return code
  if (status === 429) return 'rate_limit_exceeded'
  if (status === 402) return 'insufficient_quota'
  return status < 500 ? 'invalid_prompt' : 'server_error'
}
