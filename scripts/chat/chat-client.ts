import OpenAI from 'openai'
import { isObject } from '../../shared/runtime/json.ts'

/** A gateway and the credentials for it. */
export interface GatewayAddress {
  /** Base URL, with or without `/v1`. */
  readonly url: string
  /** The access token of a user. */
  readonly token?: string | undefined
  /** The admin key, sent if there is no token. */
  readonly adminKey?: string | undefined
}

/** What a reply cost; each figure is undefined if the gateway does not state it. */
export interface ReplyCost {
  readonly promptTokens?: number | undefined
  readonly completionTokens?: number | undefined
  /** The part of the completion that is thinking. */
  readonly reasoningTokens?: number | undefined
  readonly points?: number | undefined
}

/** Receives the pieces of a reply. */
export interface ReplyListener {
  readonly onThinking: (text: string) => void
  readonly onText: (text: string) => void
}

/** One message of a conversation. */
export type ChatMessage = OpenAI.ChatCompletionMessageParam

/** Creates the official client for a gateway. It repeats no call. */
export const createChatClient = ({ url, token, adminKey }: GatewayAddress): OpenAI =>
  new OpenAI({
    baseURL: `${url.replace(/\/+(v1\/*)?$/, '')}/v1`,
    apiKey: token || 'none',
    maxRetries: 0,
    ...(!token && adminKey ? { defaultHeaders: { authorization: null, 'x-gateway-key': adminKey } } : {}),
  })

/** Returns the first model of the gateway's list; undefined if it is empty. @throws every error of the client */
export const findFirstModel = async (client: OpenAI): Promise<string | undefined> => {
  for await (const { id } of client.models.list()) return id
  return undefined
}

/** A whole reply. */
export interface StreamedReply {
  readonly text: string
  readonly cost: ReplyCost
}

/** Sends a conversation and passes the reply on as it streams. @throws every error of the client */
export const streamReply = async (
  client: OpenAI,
  request: { readonly model: string; readonly messages: ChatMessage[] },
  { onThinking, onText }: ReplyListener,
): Promise<StreamedReply> => {
  const { data: stream, response } = await client.chat.completions
    .create({ ...request, stream: true, stream_options: { include_usage: true } })
    .withResponse()
  let text = ''
  let usage: OpenAI.CompletionUsage | undefined
  for await (const chunk of stream) {
    const delta = chunk.choices?.[0]?.delta
    if (delta) onThinking(getThinking(delta))
    if (delta?.content) onText(delta.content)
    text += delta?.content ?? ''
    usage = chunk.usage ?? usage
  }
  const points = await findPoints(client, response.headers.get('x-request-id'))
  return { text, cost: { ...toCost(usage), points } }
}

/** Providers send thinking as `reasoning_content` (DeepSeek) or `reasoning` (OpenRouter). */
const getThinking = (delta: object): string => {
  const { reasoning_content: content, reasoning } = delta as { reasoning_content?: unknown; reasoning?: unknown }
  return ([content, reasoning].find((text) => typeof text === 'string') as string | undefined) ?? ''
}

const toCost = (usage: OpenAI.CompletionUsage | undefined): ReplyCost => ({
  promptTokens: usage?.prompt_tokens,
  completionTokens: usage?.completion_tokens,
  reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens,
})

/** Returns the points of a reply from the caller's last records. Returns undefined if the gateway keeps no records. */
const findPoints = async (client: OpenAI, requestId: string | null): Promise<number | undefined> => {
  const usage = await client.get<unknown>('/usage').catch(() => undefined)
  const records = isObject(usage) && Array.isArray(usage['records']) ? usage['records'] : []
  const record: unknown = records.find((candidate) => isObject(candidate) && candidate['request_id'] === requestId)
  return isObject(record) && typeof record['points'] === 'number' ? record['points'] : undefined
}
