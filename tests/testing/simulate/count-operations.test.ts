import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { relay } from '../../../shared/gateway/relay/relay.ts'
import { serveText } from '../../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../../shared/http/server.ts'
import { loopbackServer, waitForListening } from '../../../testing/servers/loopback-server.ts'
import { countOperations } from '../../../testing/simulate/count-operations.ts'
import { defaultLoad, type Load } from '../../../testing/simulate/load.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../../testing/stand-ins/cloudbase-database.ts'
import { type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { captureLog } from '../../support/capture-log.ts'
import { onCleanup } from '../../support/on-cleanup.ts'

const chunk = (text: string) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: text } }] })}\n\n`
const last = `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })}\n\n`

let provider: ScriptedProvider
let database: CloudbaseDatabase

beforeAll(async () => {
  provider = await scriptedProvider(() =>
    sse(chunk('one'), new Promise((resolve) => setTimeout(resolve, 1_200)), chunk('two'), last, 'data: [DONE]\n\n'),
  )
  database = await cloudbaseDatabase()
  process.env['TCB_CONTEXT_CNFG'] = JSON.stringify({ URL: database.url })
  process.env['TENCENTCLOUD'] = 'true'
})

afterAll(async () => {
  delete process.env['TCB_CONTEXT_CNFG']
  delete process.env['TENCENTCLOUD']
  await Promise.all([provider.close(), database.close()])
})

const startChat = async (variables: Record<string, string>): Promise<string> => {
  const authService = await loopbackServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sub: 'ann', name: 'ann' }))
  })
  onCleanup(authService.close)
  const config = readConfig({
    LOG_LEVEL: 'error',
    AUTH_MODE: 'remote',
    CLOUDBASE_ENV_ID: 'env',
    CLOUDBASE_AUTH_ORIGIN: authService.url,
    TENCENTCLOUD_SECRETID: 'id-of-a-test',
    TENCENTCLOUD_SECRETKEY: 'key-of-a-test',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    REMOTE_CONFIG_SOURCE: 'none',
    USAGE_STORE: 'collection',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, max_tokens: 100 } }),
    ...variables,
  })
  const server = { ...config.server, host: '127.0.0.1', port: 0, log: captureLog().log }
  const { url, close } = await waitForListening(
    serve(relay('chat/completions', { ...config, server }, serveText), server),
  )
  onCleanup(close)
  return url
}

const ask = async (url: string): Promise<string> => {
  const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Hello' }] })
  const headers = { authorization: 'Bearer token' }
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })
  return response.text()
}

const quota = { name: 'q', unit: 'requests', window: 'day', per: 'user', limit: 1_000_000 }

describe('the operations that a simulation counts for an answer are those of the pipeline', () => {
  test.each<[string, Partial<Load>, Record<string, string>]>([
    ['records alone', { wallet: false }, {}],
    ['records at the end alone', { wallet: false, durability: 'final' }, { USAGE_DURABILITY: 'final' }],
    ['a wallet', {}, { WALLET: 'on', DAILY_POINTS: '100000' }],
    ['a webhook', { wallet: false, webhook: true }, { BILLING_WEBHOOK_URL: 'WEBHOOK' }],
    ['a quota of requests', { wallet: false, quotaRows: 1 }, { QUOTAS: JSON.stringify([quota]) }],
    [
      'quotas of tokens of two subjects',
      { wallet: false, quotaRows: 2, quotaOfTokens: true },
      {
        QUOTAS: JSON.stringify([
          { ...quota, unit: 'tokens' },
          { ...quota, name: 'all', unit: 'tokens', per: 'environment' },
        ]),
      },
    ],
  ])('with %s', async (_, load, variables) => {
    const webhook = await loopbackServer((_request, response) => void response.end('{}'))
    onCleanup(webhook.close)
    const filled = Object.entries(variables).map(([name, value]) => [name, value === 'WEBHOOK' ? webhook.url : value])
    const url = await startChat(Object.fromEntries(filled))
    await ask(url)
    const before = database.actions.length
    expect(await ask(url)).toContain('[DONE]')
    const { records, wallet, quotas } = countOperations({ ...defaultLoad, answerSeconds: 2, ...load })
    expect(database.actions.slice(before)).toHaveLength(records + wallet + quotas)
  })
})
