import { describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { serveModerations } from '../../../shared/gateway/serve-moderations.ts'
import { serve } from '../../../shared/http/server.ts'
import { loopbackServer, waitForListening } from '../../../testing/servers/loopback-server.ts'
import { startTms, tmsKey } from '../../../testing/stand-ins/text-checkers.ts'
import { captureLog } from '../../support/capture-log.ts'
import { onCleanup } from '../../support/on-cleanup.ts'

const words = { MODERATION: 'words', MODERATION_WORDS: '坏词\n[sexual]\ndirty' }

const start = async (environment: Record<string, string>): Promise<OpenAI> => {
  const config = readConfig({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...environment })
  const server = { ...config.server, host: '127.0.0.1', port: 0, log: captureLog().log }
  const { url, close } = await waitForListening(serve(serveModerations({ ...config, server }), server))
  onCleanup(close)
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 })
}

describe('POST /v1/moderations', () => {
  test('gives the official client one result for each text, by the list of words (R119)', async () => {
    const client = await start(words)
    const { results, model } = await client.moderations.create({ input: ['fine', 'a DIRTY word', '坏\u200b\\u8bcd'] })
    expect(model).toBe('omni-moderation-latest')
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true, true])
    expect(results[1]).toMatchObject({ categories: { sexual: true, violence: false }, category_scores: { sexual: 1 } })
    expect(Object.keys(results[0]?.categories ?? {})).toHaveLength(13)
    expect(Object.values(results[2]?.categories ?? {})).not.toContain(true)
    expect(results[2]).toMatchObject({ verdict: 'block', label: 'words' })
  })

  test('takes the parts of one message as one text', async () => {
    const client = await start(words)
    const input = [
      { type: 'text' as const, text: '坏' },
      { type: 'text' as const, text: '词' },
    ]
    expect((await client.moderations.create({ input })).results).toMatchObject([{ flagged: true }])
  })

  test('asks the service, with its label as a category and its score (R119)', async () => {
    const checker = await startTms()
    onCleanup(checker.close)
    const key = { TMS_SECRET_ID: tmsKey.secretId, TMS_SECRET_KEY: tmsKey.secretKey }
    const client = await start({ MODERATION: 'tms', TMS_ORIGIN: checker.url, ...key, MODERATION_FAIL_OPEN: 'true' })
    const { results } = await client.moderations.create({ input: '违禁内容', model: 'mine' })
    expect(results).toMatchObject([
      { flagged: true, categories: { illicit: true }, category_scores: { illicit: 0.96 } },
    ])
    expect((await client.moderations.create({ input: '可疑内容' })).results).toMatchObject([
      { flagged: false, verdict: 'review' },
    ])
    checker.behave({ status: 500 })
    await expect(client.moderations.create({ input: 'hi' })).rejects.toMatchObject({
      status: 503,
      code: 'moderation_unavailable',
    })
  })

  test.each([
    [{}, 400, 'missing_required_parameter'],
    [{ input: [] }, 400, 'invalid_value'],
    [{ input: 7 }, 400, 'invalid_value'],
    [{ input: ['a', 7] }, 400, 'invalid_value'],
    [{ input: Array.from({ length: 33 }, () => 'a') }, 400, 'invalid_value'],
    [{ input: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }, 400, 'invalid_value'],
  ])('refuses %j', async (body, status, code) => {
    const client = await start(words)
    const asked = client.moderations.create(body as { input: string })
    await expect(asked).rejects.toMatchObject({ status, code, param: 'input' })
  })

  test('is a 503 if nothing checks texts', async () => {
    const client = await start({})
    await expect(client.moderations.create({ input: 'hi' })).rejects.toMatchObject({
      status: 503,
      code: 'gateway_misconfigured',
    })
  })

  test('counts each text as a request of its user', async () => {
    const login = await loopbackServer((_, response) =>
      response.setHeader('content-type', 'application/json').end('{"sub":"ann","name":"ann"}'),
    )
    onCleanup(login.close)
    const auth = {
      DISABLE_AUTH: 'false',
      AUTH_MODE: 'remote',
      CLOUDBASE_ENV_ID: 'env',
      CLOUDBASE_AUTH_ORIGIN: login.url,
    }
    const client = await start({ ...words, ...auth, RATE_LIMIT_PER_MINUTE: '3' })
    await client.moderations.create({ input: ['a', 'b'] })
    await client.moderations.create({ input: 'c' })
    await expect(client.moderations.create({ input: 'd' })).rejects.toMatchObject({ status: 429 })
  })
})
