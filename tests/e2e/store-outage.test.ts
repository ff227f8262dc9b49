import { text as readText } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from '@jest/globals'
import OpenAI, { APIError } from 'openai'
import { ageingProxy, type OldConnections } from '../../testing/servers/ageing-proxy.ts'
import { loopbackServer } from '../../testing/servers/loopback-server.ts'
import { startFunction } from '../../testing/servers/start-function.ts'
import { hasDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { createLogin } from '../support/create-login.ts'
import { injectDatabase, standInCredentials } from '../usage/store/stores.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A store behind a proxy that can fail, and the variables of a function that uses it. */
const startMysql = async () => {
  const { dsn } = await testDatabase()
  const proxy = await ageingProxy(createLogin(dsn).port)
  cleanups.push(proxy.close)
  const proxied = Object.assign(new URL(dsn), { port: String(proxy.port) }).href
  return { proxy, variables: { USAGE_STORE: 'mysql', MYSQL_DSN: proxied, REMOTE_CONFIG_SOURCE: 'none' } }
}

const startCollection = async () => {
  const database = await cloudbaseDatabase()
  const proxy = await ageingProxy(Number(new URL(database.url).port))
  cleanups.push(database.close, proxy.close)
  const variables = {
    ...injectDatabase({ url: `http://127.0.0.1:${proxy.port}/admin` }),
    USAGE_STORE: 'collection',
    CLOUDBASE_ENV_ID: 'env',
    TENCENTCLOUD_SECRETID: standInCredentials.secretId,
    TENCENTCLOUD_SECRETKEY: standInCredentials.secretKey,
  }
  return { proxy, variables }
}

const stores = { mysql: startMysql, collection: startCollection } as const

const choice = { index: 0, message: { role: 'assistant', content: '好', refusal: null }, finish_reason: 'stop' }
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
const completion = { id: 'a', object: 'chat.completion', created: 1, model: 'm', choices: [choice], usage }

const start = async (store: keyof typeof stores) => {
  const { proxy, variables } = await stores[store]()
  let calls = 0
  const provider = await loopbackServer((request, response) => {
    calls++
    void readText(request).then(() =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(completion)),
    )
  })
  const running = await startFunction('llm-chat-completions', {
    ...variables,
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1` } }),
    LOG_LEVEL: 'error',
  })
  cleanups.push(provider.close, running.stop)
  const client = (maxRetries: number) => new OpenAI({ baseURL: `${running.url}/v1`, apiKey: 'unused', maxRetries })
  const chat = async (maxRetries = 2): Promise<string | null | undefined> => {
    const messages = [{ role: 'user' as const, content: '你好' }]
    const reply = await client(maxRetries).chat.completions.create({ model: 'm', messages })
    return reply.choices[0]?.message.content
  }
  return { proxy, chat, countCalls: () => calls }
}

const names = (Object.keys(stores) as (keyof typeof stores)[]).filter((name) => name !== 'mysql' || hasDatabase)
const cases = names.flatMap((store) => (['swallow', 'reset'] as const).map((failure) => ({ store, failure })))

/** Begins an outage that a first call has noticed, with an error that its client must not retry: the provider was called. */
const beginOutage = async ({ proxy, chat, countCalls }: Awaited<ReturnType<typeof start>>, failure: OldConnections) => {
  await chat()
  proxy.beginOutage(failure)
  const error = await chat(5).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(APIError)
  const { status, headers, code } = error as APIError
  expect([status, code, headers?.get('x-should-retry')]).toEqual([503, 'usage_unavailable', 'false'])
  expect(countCalls()).toBe(2)
}

describe('the official client', () => {
  test.each(cases)('does not notice kept connections that fail ($store, $failure)', async ({ store, failure }) => {
    const { proxy, chat, countCalls } = await start(store)
    await Promise.all([chat(), chat(), chat()])
    proxy.makeOld(failure)
    expect(await Promise.all([chat(0), chat(0), chat(0), chat(0)])).toEqual(Array(4).fill('好'))
    expect(countCalls()).toBe(7)
  })

  test.each(cases)(
    'repeats its call while the store is away, and succeeds; the provider is called once ($store, $failure)',
    async ({ store, failure }) => {
      const started = await start(store)
      await beginOutage(started, failure)
      const refused = await started.chat(0).catch((thrown: unknown) => thrown)
      const { status, headers } = refused as APIError
      const shown = [status, headers?.get('retry-after'), headers?.get('x-should-retry')]
      expect(shown).toEqual([503, '2', null])
      expect(started.countCalls()).toBe(2)
      const replying = started.chat(5)
      setTimeout(started.proxy.endOutage, 3_000)
      expect(await replying).toBe('好')
      expect(started.countCalls()).toBe(3)
    },
    60_000,
  )
})
