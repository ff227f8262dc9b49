import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveChatWire } from '../../shared/gateway/relay/serve-chat-wire.ts'
import { serveMessages } from '../../shared/gateway/relay/serve-messages.ts'
import { serveResponses } from '../../shared/gateway/relay/serve-responses.ts'
import type { Handler } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import type { UsageRecord } from '../../shared/usage/store/record.ts'
import { messages } from '../../shared/wires/messages/messages.ts'
import { responses } from '../../shared/wires/responses/responses.ts'
import { loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import {
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
} from '../../testing/stand-ins/provider.ts'
import { answerInWire } from './answer-in-wire.ts'
import { captureLog, type LogLine } from './capture-log.ts'
import { onCleanup } from './on-cleanup.ts'

type Config = ReturnType<typeof readConfig>

/** How a wire of coding tools is served, and by which API the provider is called. */
export interface Way {
  readonly wire: 'messages' | 'responses'
  readonly isNative: boolean
}

/** All ways, each with its name. */
export const ways: readonly (readonly [name: string, way: Way])[] = [
  ['messages over chat', { wire: 'messages', isNative: false }],
  ['messages at a provider that has them', { wire: 'messages', isNative: true }],
  ['responses over chat', { wire: 'responses', isNative: false }],
  ['responses at a provider that has them', { wire: 'responses', isNative: true }],
]

/** The wires, each over chat. */
export const wires = ways.filter(([, { isNative }]) => !isNative)

const handlers: Readonly<Record<Way['wire'], (config: Config) => Handler>> = {
  messages: (config) => serveMessages(config, messages, relay('messages', config, serveChatWire(messages))),
  responses: (config) => relay('responses', config, serveResponses(responses, config)),
}

const bodies: Readonly<Record<Way['wire'], object>> = {
  messages: { max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
  responses: { max_output_tokens: 100, input: 'Hello' },
}

/** Fields of an entry or a target by which its provider gets the wires as they are. */
export const nativeBases = { messages_base: '$provider/anthropic', responses_base: '$provider/own' }

/** The function of a wire, in front of a provider that a test controls. */
export interface StartedWay {
  readonly url: string
  readonly provider: ScriptedProvider
  /** The usage records so far, as a webhook receives them, if the records go to no store. */
  readonly records: readonly UsageRecord[]
  readonly lines: readonly LogLine[]
  /** Sends a request for the model `m`, completed to a valid one. */
  readonly post: (body?: object, options?: PostOptions) => Promise<Response>
}

interface PostOptions {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

interface StartOptions {
  /** Default: {@link answerInWire}. */
  readonly answer?: (request: ReceivedRequest, attempt: number) => Script
  /** Fields of the entry `m`; `$provider` is the origin of the provider. */
  readonly entry?: object
  /** Other entries. */
  readonly entries?: Readonly<Record<string, object>>
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts the function of a wire. Users are those whose tokens are `token-of-<name>`; 1,000 tokens cost 100 points. */
export const startWay = async ({ wire, isNative }: Way, options: StartOptions = {}): Promise<StartedWay> => {
  const provider = await scriptedProvider(options.answer ?? ((request) => answerInWire(request)))
  const records: UsageRecord[] = []
  const receiver = await loopbackServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    records.push(JSON.parse(Buffer.concat(pieces).toString()) as UsageRecord)
    response.end()
  })
  const authService = await loopbackServer((request, response) => {
    const user = /^Bearer token-of-(\w+)$/.exec(request.headers.authorization ?? '')?.[1]
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sub: user, name: user }))
  })
  const common = { api_base: '$provider/v1', api_key: 'sk-provider-key', ...(isNative && nativeBases) }
  const map = { m: { ...common, ...options.entry }, ...options.entries }
  const config = readConfig({
    ...{ LOG_LEVEL: 'warn', AUTH_MODE: 'remote', CLOUDBASE_ENV_ID: 'env', CLOUDBASE_AUTH_ORIGIN: authService.url },
    ...{ ALLOW_PRIVATE_UPSTREAMS: 'true', REMOTE_CONFIG_SOURCE: 'none', USAGE_STORE: 'none' },
    ...{ BILLING_WEBHOOK_URL: receiver.url, POINTS_PER_1K_TOKENS: '100' },
    MODEL_PROVIDER_MAP: JSON.stringify(map).replaceAll('$provider', provider.url),
    ...options.environment,
  })
  const { log, lines } = captureLog()
  const server = { ...config.server, host: '127.0.0.1', port: 0, log }
  const { url, close } = await waitForListening(serve(handlers[wire]({ ...config, server }), server))
  onCleanup(receiver.close, authService.close, provider.close, close)
  const post: StartedWay['post'] = (body = {}, { path = `/v1/${wire}`, headers = {}, ...more } = {}) =>
    fetch(url + path, {
      method: 'POST',
      ...more,
      headers: { authorization: 'Bearer token-of-ann', ...headers },
      body: JSON.stringify({ model: 'm', ...bodies[wire], ...body }),
    })
  return { url, provider, records, lines, post }
}
