import { toCallFailure, toNetworkFailure } from './call-failure.ts'
import { type Gateway, sendCall } from './gateway.ts'
import { readEvents } from './read-events.ts'

/** One message of a conversation. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** A request, as the page sends it and as its code samples show it. */
export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
}

/** The tokens of a reply. */
export interface TokenUsage {
  readonly prompt: number
  readonly completion: number
  /** The part of the completion that is thinking. */
  readonly reasoning: number
  /** Whether the gateway has estimated them. */
  readonly estimated: boolean
}

/** What a reply cost, and what is left in the wallet after it. Both are known only if the caller has a wallet. */
export interface Points {
  readonly charged?: number | undefined
  readonly balance?: number | undefined
}

/** Receives the parts of a reply. */
export interface ReplyListener {
  readonly onStart: (requestId: string | undefined) => void
  readonly onThinking: (text: string) => void
  readonly onText: (text: string) => void
  readonly onUsage: (usage: TokenUsage, points: Points) => void
  /** Called with OpenAI's `finish_reason`. */
  readonly onFinish: (reason: string) => void
}

const maxTextBytes = 90 * 1024

/** Returns the content type of a request. CloudBase may refuse a text above 100 KB, so a long one goes as bytes: the
 *  gateway reads JSON of any type. */
export const getBodyType = (body: string): string =>
  new TextEncoder().encode(body).length > maxTextBytes ? 'application/octet-stream' : 'application/json'

/** Sends a conversation and passes the reply on as it streams. Resolves when the reply is complete.
 *  @throws CallFailure what the gateway says; `unreachable` without a reply; `cut_off` if the stream has no end
 *  @throws DOMException `AbortError` if the signal ends the call */
export const streamChat = async (
  gateway: Gateway,
  request: ChatRequest,
  { listener, signal }: { readonly listener: ReplyListener; readonly signal: AbortSignal },
): Promise<void> => {
  const body = JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } })
  const response = await sendCall(gateway, 'v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': getBodyType(body) },
    body,
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? error : toNetworkFailure(error, 'unreachable')
  })
  if (!response.ok || !response.body) throw toCallFailure(await response.json().catch(() => undefined), response)
  const requestId = response.headers.get('x-request-id') ?? undefined
  listener.onStart(requestId)
  try {
    for await (const data of readEvents(response.body)) {
      if (data === '[DONE]') return
      readChunk(JSON.parse(data), listener, response)
    }
  } catch (error) {
    throw signal.aborted ? error : toNetworkFailure(error, 'cut_off', requestId)
  }
  throw toNetworkFailure('The stream has no end.', 'cut_off', requestId)
}

interface Chunk {
  readonly error?: unknown
  readonly choices?: readonly {
    readonly delta?: { readonly content?: unknown; readonly reasoning_content?: unknown; readonly reasoning?: unknown }
    readonly finish_reason?: unknown
  }[]
  readonly usage?: {
    readonly prompt_tokens?: number
    readonly completion_tokens?: number
    readonly completion_tokens_details?: { readonly reasoning_tokens?: number }
    readonly estimated?: boolean
    readonly points?: Points
  } | null
  readonly points?: Points
}

const readChunk = (chunk: Chunk, listener: ReplyListener, response: Response): void => {
  // The status of a stream is 200 even if it fails later.
  if (chunk.error) throw toCallFailure(chunk, { status: 0, headers: response.headers })
  const { delta, finish_reason: reason } = chunk.choices?.[0] ?? {}
  const thinking = [delta?.reasoning_content, delta?.reasoning].find((text) => typeof text === 'string')
  if (typeof thinking === 'string' && thinking !== '') listener.onThinking(thinking)
  if (typeof delta?.content === 'string' && delta.content !== '') listener.onText(delta.content)
  if (typeof reason === 'string') listener.onFinish(reason)
  const usage = chunk.usage && toUsage(chunk.usage)
  if (usage) listener.onUsage(usage, chunk.usage?.points ?? chunk.points ?? {})
}

/** Returns undefined if a count is missing, because a missing count is not zero. */
const toUsage = (usage: NonNullable<Chunk['usage']>): TokenUsage | undefined => {
  const { prompt_tokens: prompt, completion_tokens: completion } = usage
  if (prompt === undefined || completion === undefined) return undefined
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0
  return { prompt, completion, reasoning, estimated: usage.estimated === true }
}
