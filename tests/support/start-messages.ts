import { type Config, readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveChatWire } from '../../shared/gateway/relay/serve-chat-wire.ts'
import { serveMessages } from '../../shared/gateway/relay/serve-messages.ts'
import { serve } from '../../shared/http/server.ts'
import type { UsageRecord } from '../../shared/usage/store/record.ts'
import { messages } from '../../shared/wires/messages/messages.ts'
import { loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import {
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
} from '../../testing/stand-ins/provider.ts'
import { onCleanup } from './on-cleanup.ts'

/** The function of Anthropic's wire on loopback, in front of a provider that a test controls. */
export interface StartedMessages {
  readonly url: string
  readonly provider: ScriptedProvider
  /** The usage records so far, as a webhook receives them. */
  readonly records: readonly UsageRecord[]
  /** Resolves with the first usage record. */
  readonly recorded: Promise<UsageRecord>
  /** Sends a request, completed to a valid one. */
  readonly post: (body?: object, options?: PostOptions) => Promise<Response>
}

interface PostOptions {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

interface StartOptions extends Partial<Pick<Config, 'keepAliveMs'>> {
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts the function without authentication. `entries` are those of the model map, each at the provider unless it says
 *  otherwise. */
export const startMessages = async (
  answer: (request: ReceivedRequest, attempt: number) => Script,
  entries: Readonly<Record<string, object>> = { m: {} },
  { environment = {}, ...settings }: StartOptions = {},
): Promise<StartedMessages> => {
  const provider = await scriptedProvider(answer)
  const records: UsageRecord[] = []
  let onRecord: (record: UsageRecord) => void = () => undefined
  const recorded = new Promise<UsageRecord>((resolve) => {
    onRecord = resolve
  })
  const receiver = await loopbackServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const record = JSON.parse(Buffer.concat(pieces).toString()) as UsageRecord
    records.push(record)
    response.end()
    onRecord(record)
  })
  const map = Object.entries(entries).map(([model, entry]) => [
    model,
    JSON.parse(
      JSON.stringify({ api_base: '$provider/v1', api_key: 'sk-provider-key', ...entry }).replaceAll(
        '$provider',
        provider.url,
      ),
    ),
  ])
  const config = readConfig({
    ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error' },
    ...{ USAGE_STORE: 'none', BILLING_WEBHOOK_URL: receiver.url, POINTS_PER_1K_TOKENS: '1000' },
    MODEL_PROVIDER_MAP: JSON.stringify(Object.fromEntries(map)),
    ...environment,
  })
  const server = { ...config.server, host: '127.0.0.1', port: 0 }
  const used = { ...config, ...settings, server }
  const { url, close } = await waitForListening(
    serve(serveMessages(used, messages, relay('messages', used, serveChatWire(messages))), server),
  )
  onCleanup(receiver.close, provider.close, close)
  const post: StartedMessages['post'] = (body = {}, { path = '', headers = {}, signal } = {}) =>
    fetch(`${url}/v1/messages${path}`, {
      method: 'POST',
      headers: { 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.stringify({ model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], ...body }),
      signal: signal ?? null,
    })
  return { url, provider, records, recorded, post }
}

/** Creates an event of a chat's stream. */
export const chunk = (delta: object, finish_reason: string | null = null, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-9f2c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason, ...more }] })}\n\n`

/** Creates the event with the usage that ends a chat's stream. */
export const usageEvent = (usage: object): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-9f2c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\n`

export const done = 'data: [DONE]\n\n'
