import OpenAI from 'openai'
import { type Config, readConfig } from '../../shared/gateway/config/config.ts'
import { relay, type ServedWire } from '../../shared/gateway/relay/relay.ts'
import { serveWire } from '../../shared/gateway/relay/serve-wire.ts'
import { serve } from '../../shared/http/server.ts'
import type { OperationName } from '../../shared/protocol/operations.ts'
import type { Wire } from '../../shared/protocol/wire.ts'
import type { UsageRecord } from '../../shared/usage/store/record.ts'
import { loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import {
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
} from '../../testing/stand-ins/provider.ts'
import { onCleanup } from './on-cleanup.ts'

/** A function that serves a wire on loopback, in front of a provider that a test controls. */
export interface StartedWire {
  readonly url: string
  /** The official client, which repeats nothing. */
  readonly client: OpenAI
  readonly provider: ScriptedProvider
  /** The usage records so far, as a webhook receives them. */
  readonly records: readonly UsageRecord[]
}

/** The operation of a wire, and what serves it. */
export interface WireToStart {
  readonly operation: OperationName
  readonly serves: (config: Config) => ServedWire
  /** The environment beside that of {@link startWire}. */
  readonly variables?: Readonly<Record<string, string>>
}

/** Starts a wire without choices. See {@link startServedWire}. */
export const startWire = (
  [operation, wire]: readonly [OperationName, Wire],
  answer: (request: ReceivedRequest) => Script,
  entries?: Readonly<Record<string, object>>,
): Promise<StartedWire> => startServedWire({ operation, serves: () => serveWire(wire) }, answer, entries)

/** An entry of the model map, or what makes it of the provider's origin. */
export type EntryToStart = object | ((origin: string) => object)

/** Starts a wire without authentication. `entries` are those of the model map, each at the provider unless it says
 *  otherwise. */
export const startServedWire = async (
  { operation, serves, variables }: WireToStart,
  answer: (request: ReceivedRequest) => Script,
  entries: Readonly<Record<string, EntryToStart>> = { m: {} },
): Promise<StartedWire> => {
  const provider = await scriptedProvider(answer)
  const records: UsageRecord[] = []
  const receiver = await loopbackServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    records.push(JSON.parse(Buffer.concat(pieces).toString()) as UsageRecord)
    response.end()
  })
  const map = Object.entries(entries).map(([model, entry]) => [
    model,
    {
      ...{ api_base: `${provider.url}/v1`, api_key: 'sk-provider-key' },
      ...(typeof entry === 'function' ? entry(provider.url) : entry),
    },
  ])
  const config = readConfig({
    ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error' },
    ...{ USAGE_STORE: 'none', BILLING_WEBHOOK_URL: receiver.url, POINTS_PER_1K_TOKENS: '1000' },
    MODEL_PROVIDER_MAP: JSON.stringify(Object.fromEntries(map)),
    ...variables,
  })
  const server = { ...config.server, host: '127.0.0.1', port: 0 }
  const handler = relay(operation, { ...config, server }, serves(config))
  const { url, close } = await waitForListening(serve(handler, server))
  onCleanup(receiver.close, provider.close, close)
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 })
  return { url, client, provider, records }
}
