import OpenAI from 'openai'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay, type ServedWire } from '../../shared/gateway/relay/relay.ts'
import { serveChatWire } from '../../shared/gateway/relay/serve-chat-wire.ts'
import { serveResponses } from '../../shared/gateway/relay/serve-responses.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serveWire } from '../../shared/gateway/relay/serve-wire.ts'
import { serve } from '../../shared/http/server.ts'
import type { OperationName } from '../../shared/protocol/operations.ts'
import type { UsageRecord } from '../../shared/usage/store/record.ts'
import { embeddings } from '../../shared/wires/embeddings/embeddings.ts'
import { messages } from '../../shared/wires/messages/messages.ts'
import { rerank } from '../../shared/wires/rerank/rerank.ts'
import { responses } from '../../shared/wires/responses/responses.ts'
import { loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import {
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
} from '../../testing/stand-ins/provider.ts'
import { captureLog, type LogLine } from './capture-log.ts'
import { onCleanup } from './on-cleanup.ts'

/** How each operation is served. A new operation does not compile without a row. */
export const servedWires: Readonly<Record<OperationName, ServedWire>> = {
  'chat/completions': serveText,
  completions: serveText,
  embeddings: serveWire(embeddings),
  rerank: serveWire(rerank),
  responses: serveResponses(responses, { sealSecret: undefined }),
  messages: serveChatWire(messages),
}

/** A function on loopback whose texts are checked, in front of a provider that a test controls. */
export interface GuardedGateway {
  readonly url: string
  /** The official client, which repeats nothing. */
  readonly client: OpenAI
  readonly provider: ScriptedProvider
  /** The usage records so far, as a webhook receives them. */
  readonly records: readonly UsageRecord[]
  readonly lines: readonly LogLine[]
}

/** Starts an operation with an environment, without authentication. `entry` has further fields of the model `m`. */
export const startGuarded = async (
  operation: OperationName,
  answer: (request: ReceivedRequest) => Script,
  { environment = {}, entry = {} }: { readonly environment?: Record<string, string>; readonly entry?: object } = {},
): Promise<GuardedGateway> => {
  const provider = await scriptedProvider(answer)
  const records: UsageRecord[] = []
  const receiver = await loopbackServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    records.push(JSON.parse(Buffer.concat(pieces).toString()) as UsageRecord)
    response.end()
  })
  const config = readConfig({
    ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error' },
    ...{ USAGE_STORE: 'none', BILLING_WEBHOOK_URL: receiver.url, POINTS_PER_1K_TOKENS: '1000' },
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, api_key: 'sk-provider-key', ...entry } }),
    ...environment,
  })
  const { log, lines } = captureLog()
  const server = { ...config.server, host: '127.0.0.1', port: 0, log }
  const handler = relay(operation, { ...config, server }, servedWires[operation])
  const { url, close } = await waitForListening(serve(handler, server))
  onCleanup(receiver.close, provider.close, close)
  return {
    url,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 }),
    provider,
    records,
    lines,
  }
}
