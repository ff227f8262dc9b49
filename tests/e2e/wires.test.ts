import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { json, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'

const usage = { prompt_tokens: 6, total_tokens: 6 }

let provider: ScriptedProvider
let gateway: LocalGateway
let client: OpenAI

beforeAll(async () => {
  provider = await scriptedProvider(({ path }) =>
    path.endsWith('/embeddings')
      ? json({ data: [{ index: 0, embedding: [0.5, -1] }], usage })
      : json({ results: [{ index: 0, relevance_score: 0.5 }], usage }),
  )
  const entry = { api_base: `${provider.url}/v1`, api_key: 'sk-provider-key-1' }
  gateway = await startLocalGateway({
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ vectors: entry, ranks: entry }),
  })
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 })
}, 60_000)

afterAll(async () => {
  await gateway.stop()
  await provider.close()
})

const postRanking = (model: string): Promise<Response> =>
  fetch(`${gateway.url}/v1/rerank`, {
    method: 'POST',
    body: JSON.stringify({ model, query: 'animals', documents: ['cats', 'stocks'] }),
  })

describe('the local gateway', () => {
  test('serves embeddings, and records them', async () => {
    const { data } = await client.embeddings.create({ model: 'vectors', input: 'hi' })
    expect(data[0]?.embedding).toEqual([0.5, -1])
    const record = gateway.records().find(({ model }) => model === 'vectors')
    expect(record).toMatchObject({
      usage: { total_tokens: 6 },
      metadata: { endpoint: 'embeddings', units: { input: 6 } },
    })
  })

  test('serves rankings, and records them', async () => {
    const reply = await postRanking('ranks')
    expect(await reply.json()).toMatchObject({ model: 'ranks', results: [{ index: 0, relevance_score: 0.5 }] })
    expect(gateway.records().find(({ model }) => model === 'ranks')?.metadata).toMatchObject({ endpoint: 'rerank' })
  })

  test('says of the embedded model that it does neither', async () => {
    const own = await startLocalGateway()
    try {
      for (const operation of ['embeddings', 'rerank']) {
        const body = { model: 'tiny', input: 'hi', query: 'hi', documents: ['hi'] }
        const reply = await fetch(`${own.url}/v1/${operation}`, { method: 'POST', body: JSON.stringify(body) })
        const { error } = (await reply.json()) as { error: { code: string; message: string } }
        expect([reply.status, error.code]).toEqual([404, 'model_not_found'])
        expect(error.message).toContain(`does not do ${operation}`)
      }
    } finally {
      await own.stop()
    }
  }, 60_000)

  test('says of an unknown model that it does not exist, for both', async () => {
    const error = await client.embeddings.create({ model: 'none', input: 'hi' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 404, code: 'model_not_found' })
    expect((await postRanking('none')).status).toBe(404)
  })
})

test('the functions of chat hold no byte of a wire', () => {
  const folder = 'dist/functions/llm-chat-completions'
  expect(existsSync(folder)).toBe(true)
  const { outputs } = JSON.parse(readFileSync('dist/metafiles/llm-chat-completions/index.json', 'utf8')) as {
    readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>
  }
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs))
  expect(files.length).toBeGreaterThan(50)
  expect(files.filter((file) => /shared\/(wires|gateway\/serve-wire|providers\/wire-exchange)/.test(file))).toEqual([])
})
