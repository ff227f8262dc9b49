import type { Call } from '../protocol/call.ts'
import { GatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject, parseJson } from '../protocol/json.ts'
import { operations } from '../protocol/operations.ts'
import type { Route } from '../protocol/route.ts'
import { type SseEvent, sseEvent } from '../protocol/sse.ts'
import { readUsage, type Usage } from '../protocol/usage.ts'

/** Follows the chunks of one stream: what goes on to the client, and what the stream has told so far. An event goes on
 *  byte for byte unless a rule needs it rewritten. */
export class Chunks {
  /** The last usage the provider stated. */
  usage: Usage | undefined
  /** Whether any choice has named its `finish_reason`, or `[DONE]` came: the answer is whole. */
  complete = false
  /** Whether `[DONE]` came: nothing after it counts. */
  done = false
  private readonly call: Call
  private readonly renamed: boolean
  private readonly onText: (text: string) => void
  private identity: JsonObject = {}

  constructor(route: Route, call: Call, onText: (text: string) => void) {
    this.call = call
    this.renamed = route.upstreamModel !== call.model
    this.onText = onText
  }

  /** The bytes that an event becomes; undefined when the client gets nothing of it.
   *  @throws upstream_error (502) for an event that is no chunk */
  next({ raw, data }: SseEvent): Buffer | undefined {
    if (data === undefined || this.done) return undefined
    if (data.startsWith('[DONE]')) {
      this.done = true
      this.complete = true
      return undefined
    }
    const chunk = parseJson(data)
    if (!isObject(chunk))
      throw new GatewayError(502, 'upstream_error', 'The provider sent something that is not an answer.')
    if (chunk['error']) throw inBandError(chunk['error'])
    this.observe(chunk)
    if (!hasChoices(chunk)) return undefined
    return this.rewritten(chunk) ? Buffer.from(sseEvent(chunk)) : raw
  }

  /** The usage chunk that ends a stream whose client asked for it. */
  usageChunk(): string {
    if (!this.call.includeUsage || !this.usage) return ''
    const { id, created, model } = this.identity
    const object = operations[this.call.operation].object.chunk
    return sseEvent({ id, object, created, model, choices: [], usage: this.usage })
  }

  private observe(chunk: JsonObject): void {
    this.usage = readUsage(chunk['usage']) ?? this.usage
    const { id, created } = chunk
    this.identity = { id, created, model: this.renamed ? this.call.model : chunk['model'] }
    for (const choice of choicesOf(chunk)) {
      if (choice['finish_reason']) this.complete = true
      this.onText(textOf(choice))
    }
  }

  /** Applies the rules that change a chunk; false when none did. */
  private rewritten(chunk: JsonObject): boolean {
    let changed = false
    if (this.renamed && chunk['model'] !== this.call.model) {
      chunk['model'] = this.call.model
      changed = true
    }
    if (isObject(chunk['usage']) || ('usage' in chunk && !this.call.includeUsage)) {
      if (this.call.includeUsage) chunk['usage'] = null
      else delete chunk['usage']
      changed = true
    }
    return changed
  }
}

const choicesOf = ({ choices }: JsonObject): JsonObject[] => (Array.isArray(choices) ? choices.filter(isObject) : [])

const hasChoices = (chunk: JsonObject): boolean => choicesOf(chunk).length > 0

/** The text a choice adds, of whatever kind the provider bills as output. */
const textOf = ({ delta, text }: JsonObject): string => {
  if (typeof text === 'string') return text
  if (!isObject(delta)) return ''
  return [delta['content'], delta['reasoning_content']].filter((part) => typeof part === 'string').join('')
}

const inBandError = (error: unknown): GatewayError => {
  const names = isObject(error) ? error : {}
  const { code, type } = names
  return new GatewayError(502, 'upstream_error', 'The provider failed while it answered. Try again.', {
    ...((typeof code === 'string' || typeof code === 'number') && { providerCode: String(code) }),
    ...(typeof type === 'string' && { providerType: type }),
    headers: { 'x-should-retry': 'false' },
  })
}
