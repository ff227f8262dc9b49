import { expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { startFunction } from '../../testing/servers/start-function.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { json, type Script, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { onCleanup } from '../support/on-cleanup.ts'

const whole = {
  ...{ id: 'a', object: 'chat.completion', created: 1, model: 'chat' },
  choices: [
    { index: 0, message: { role: 'assistant', content: 'hi', refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}
const adminKey = 'admin-key-0123456789'
const heldMs = 300

describeWithDatabase('built functions that share MySQL', () => {
  test('keep max_concurrency together, use the fallback beside it, and show a rest to the administrator (R83)', async () => {
    const running = { small: 0, large: 0 }
    let most = 0
    let isSpent = false
    const provider = await scriptedProvider(({ body }): Script => {
      const model = body['model'] as keyof typeof running
      if (model === 'small' && isSpent) return json({ error: { code: 'insufficient_quota', message: 'no' } }, 429)
      running[model] += 1
      most = Math.max(most, running.small)
      const hold = async (): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, heldMs))
        running[model] -= 1
      }
      return { body: [hold, JSON.stringify(whole)] }
    })
    onCleanup(provider.close)
    const entry = { api_base: `${provider.url}/v1`, api_key: 'key' }
    const map = {
      chat: { ...entry, upstream_model: 'small', max_concurrency: 2, fallbacks: ['spare'] },
      spare: { ...entry, upstream_model: 'large', listed: 0 },
    }
    const environment = {
      ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'warn', GATEWAY_ADMIN_KEY: adminKey },
      ...{ USAGE_STORE: 'mysql', MYSQL_DSN: (await testDatabase()).dsn, REMOTE_CONFIG_SOURCE: 'none' },
      ...{ MODEL_PROVIDER_MAP: JSON.stringify(map), MODEL_PROVIDER_MAP_FILE: '', MODEL_LIST_FILE: '' },
    }
    const names = ['llm-chat-completions', 'llm-chat-completions', 'llm-health']
    const functions = await Promise.all(names.map((name) => startFunction(name, environment)))
    for (const { stop } of functions) onCleanup(stop)
    const [one, other, health] = functions
    const clients = [one, other].map(
      (started) => new OpenAI({ apiKey: 'none', baseURL: `${started?.url}/v1`, maxRetries: 0 }),
    )
    const ask = (number: number) =>
      clients[number % 2]?.chat.completions.create({
        model: 'chat',
        messages: [{ role: 'user', content: `${number}` }],
      })

    const replies = await Promise.all(Array.from({ length: 12 }, (_, number) => ask(number)))
    expect(replies.map((reply) => reply?.choices[0]?.message.content)).toEqual(Array(12).fill('hi'))
    expect(most).toBe(2)
    expect(provider.requests.some(({ body }) => body['model'] === 'large')).toBe(true)

    isSpent = true
    expect((await ask(0))?.choices[0]?.message.content).toBe('hi')
    const reply = await fetch(`${health?.url}/health`, { headers: { 'x-gateway-key': adminKey } })
    expect(await reply.json()).toMatchObject({
      targets: {
        rests: 'store',
        models: [
          {
            model: 'chat',
            targets: [
              { target: 'chat', max_concurrency: 2, rest: { reason: 'quota' } },
              { target: 'spare', tier: 1, rest: null },
            ],
          },
        ],
      },
    })
    expect(one?.log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ event: 'target_rests', target: 'chat', reason: 'quota', seconds: 900 }),
    )
  })
})
