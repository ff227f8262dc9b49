import { afterAll, beforeAll, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { hasDatabase, type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { readMessage } from '../support/read-message.ts'

const names = ['llm-chat-completions', 'llm-messages', 'llm-responses', 'llm-moderations', 'llm-wallet'] as const
type Name = (typeof names)[number]

const daily = 100_000
const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`

let database: TestDatabase
let provider: ScriptedProvider
let login: LoopbackServer
const started = new Map<Name, StartedFunction>()

beforeAll(async () => {
  if (!hasDatabase) return
  database = await testDatabase()
  provider = await scriptedProvider(() => sse(chunk('很好，'), chunk('这是禁'), chunk('止词语，然后'), 'hang'))
  login = await loopbackServer((request, response) => {
    const user = /^Bearer token-of-(\w+)$/.exec(request.headers.authorization ?? '')?.[1]
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sub: user, name: user }))
  })
  const environment = {
    ...{ LOG_LEVEL: 'error', AUTH_MODE: 'remote', CLOUDBASE_ENV_ID: 'env', CLOUDBASE_AUTH_ORIGIN: login.url },
    ...{ ALLOW_PRIVATE_UPSTREAMS: 'true', REMOTE_CONFIG_SOURCE: 'none' },
    ...{ USAGE_STORE: 'mysql', MYSQL_DSN: database.dsn, POINTS_PER_1K_TOKENS: '1000' },
    ...{ WALLET: 'on', DAILY_POINTS: String(daily) },
    ...{ MODERATION: 'words', MODERATION_WORDS: '[abuse]\n禁止词语', MODERATION_ANSWERS: 'window' },
    MODEL_PROVIDER_MAP: JSON.stringify({
      m: { api_base: `${provider.url}/v1`, api_key: 'k-0123456789', max_tokens: 500 },
    }),
  }
  for (const name of names) started.set(name, await startFunction(name, environment))
}, 120_000)

afterAll(async () => {
  for (const { stop } of started.values()) await stop()
  await provider?.close()
  await login?.close()
})

const send = (name: Name, user: string, path: string, body?: object): Promise<Response> =>
  fetch(`${started.get(name)?.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer token-of-${user}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify({ model: 'm', ...body }) }),
  })

const connect = (name: Name, user: string): OpenAI =>
  new OpenAI({ baseURL: `${started.get(name)?.url}/v1`, apiKey: `token-of-${user}`, maxRetries: 0 })

const getWallet = async (user: string) =>
  (await (await send('llm-wallet', user, '/v1/wallet')).json()) as { balance: number; reserved: number }

const getRecord = async (user: string) => {
  const sql = `SELECT outcome, points, prompt_tokens, completion_tokens FROM llm_gateway_usage WHERE user_id = '${user}'`
  return (await database.query(sql)) as unknown
}

const say = (content: string) => [{ role: 'user' as const, content }]

/** How each wire is asked for a stream. Resolves with the text and the end that its client has. */
const wires: Readonly<Record<string, (user: string) => Promise<{ text: string; end: unknown }>>> = {
  chat: async (user) => {
    const { choices } = await connect('llm-chat-completions', user)
      .chat.completions.stream({ model: 'm', messages: say('hi') })
      .finalChatCompletion()
    return { text: choices[0]?.message.content ?? '', end: choices[0]?.finish_reason }
  },
  responses: async (user) => {
    const reply = await connect('llm-responses', user).responses.stream({ model: 'm', input: 'hi' }).finalResponse()
    return { text: reply.output_text, end: reply.incomplete_details?.reason }
  },
  messages: async (user) => {
    const body = { max_tokens: 50, messages: say('hi'), stream: true }
    const { blocks, stopReason } = readMessage(await (await send('llm-messages', user, '/v1/messages', body)).text())
    return { text: blocks.map(({ text }) => text).join(''), end: stopReason }
  },
}

const ends: Readonly<Record<string, string>> = {
  chat: 'content_filter',
  responses: 'content_filter',
  messages: 'refusal',
}

describeWithDatabase('the built functions with a check of texts and wallets', () => {
  test.each([
    ['chat', 'llm-chat-completions', '/v1/chat/completions', { messages: say('一个禁止词语') }],
    ['messages', 'llm-messages', '/v1/messages', { max_tokens: 9, messages: say('一个禁止词语') }],
    ['responses', 'llm-responses', '/v1/responses', { input: '一个禁止词语' }],
  ] as const)(
    'give back what was held for a blocked prompt of %s, and call no provider (R111)',
    async (wire, name, path, body) => {
      const user = `blocked_${wire}`
      const calls = provider.requests.length
      const reply = await send(name, user, path, body)
      expect(reply.status).toBe(400)
      expect(await reply.text()).not.toContain('词语')
      expect(provider.requests).toHaveLength(calls)
      expect(await getWallet(user)).toMatchObject({ balance: daily, reserved: 0 })
      expect(await getRecord(user)).toMatchObject([{ outcome: 'filtered', points: 0, prompt_tokens: 0 }])
    },
  )

  test.each(Object.keys(wires))('charge what was sent of a blocked answer of %s, and no more (R117)', async (wire) => {
    const user = `stopped_${wire}`
    expect(await wires[wire]?.(user)).toEqual({ text: '很好，', end: ends[wire] })
    const [record] = (await getRecord(user)) as { points: number; prompt_tokens: number; completion_tokens: number }[]
    expect(record).toMatchObject({ outcome: 'filtered' })
    expect(record?.completion_tokens).toBeGreaterThan(0)
    expect(record?.completion_tokens).toBeLessThan(6)
    expect(record?.points).toBe(Number(record?.prompt_tokens) + Number(record?.completion_tokens))
    expect(await getWallet(user)).toMatchObject({ balance: daily - Number(record?.points), reserved: 0 })
  })

  test('check texts for OpenAI’s client by the same list, and charge nothing (R119)', async () => {
    const { results } = await connect('llm-moderations', 'asker').moderations.create({ input: ['好', '禁止词语'] })
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true])
    expect(await getWallet('asker')).toMatchObject({ balance: expect.any(Number), reserved: 0 })
  })
})
