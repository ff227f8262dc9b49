import { beforeAll, describe, expect, test } from '@jest/globals'
import { createKeyText } from '../../shared/auth/keys/key-text.ts'
import { createKey, forms, provider, send, signIn } from './keyed-functions.ts'

/** Every endpoint that takes a model, with the name by which a key is bound to it, and the fields of a request. */
const said = [{ role: 'user', content: 'Hello' }]
const calls: readonly (readonly [path: string, endpoint: string, body: object])[] = [
  ['/v1/chat/completions', 'chat/completions', { messages: said }],
  ['/v1/completions', 'completions', { prompt: 'Hello' }],
  ['/v1/messages', 'messages', { messages: said, max_tokens: 9 }],
  ['/v1/messages/count_tokens', 'messages', { messages: said }],
  ['/v1/responses', 'responses', { input: 'Hello' }],
  ['/v1/embeddings', 'embeddings', { input: 'Hello' }],
  ['/v1/rerank', 'rerank', { query: 'Hello', documents: ['a'] }],
]

const owner = '1900000000000000010'

/** A key for each way in which one is refused everywhere. */
const keys: Record<string, string> = {}
const limits = {
  'at another address': { addresses: ['203.0.113.0/24'] },
  'with another model': { models: ['n'] },
  'at another endpoint': { endpoints: ['usage'] },
}

beforeAll(async () => {
  const { key: good } = await createKey(owner)
  const revoked = await createKey(owner)
  await send(`/v1/keys/${revoked.id}`, { method: 'DELETE', headers: signIn(owner) })
  Object.assign(keys, { good, revoked: revoked.key, foreign: createKeyText(), cut: good.slice(0, -1) })
  for (const [name, fields] of Object.entries(limits)) keys[name] = (await createKey(owner, fields)).key
})

describe.each(calls)('a key at %s', (path, endpoint, body) => {
  const post = (key = '', toHeaders = forms[0]?.[1], more: Record<string, string> = {}) =>
    send(path, { headers: { ...toHeaders?.(key), ...more }, body: { model: 'm', ...body } })

  test.each(forms)('is good, be it bound to this endpoint or to none: %s (R130)', async (_, toHeaders) => {
    const bound = await createKey(owner, {
      endpoints: [endpoint],
      models: ['m'],
      addresses: ['127.0.0.1/32', '::/0'],
    })
    for (const key of [keys['good'], bound.key]) expect(await post(key, toHeaders)).toMatchObject({ status: 200 })
  })

  test.each(forms)(
    'is refused if it is revoked, foreign or cut, and no provider is called: %s (R131)',
    async (_, toHeaders) => {
      const before = provider.requests.length
      for (const name of ['revoked', 'foreign', 'cut']) {
        const { status, reply } = await post(keys[name], toHeaders)
        expect([status, reply['code']]).toEqual([401, 'INVALID_API_KEY'])
      }
      expect(provider.requests).toHaveLength(before)
    },
  )

  test.each(Object.keys(limits))('is refused %s, in each header (R133)', async (name) => {
    const before = provider.requests.length
    for (const [, toHeaders] of forms) {
      const { status, reply } = await post(keys[name], toHeaders)
      expect([status, reply['code']]).toEqual([403, 'PERMISSION_DENIED'])
    }
    expect(provider.requests).toHaveLength(before)
  })

  test('is refused from a web page, and beside another credential (R133)', async () => {
    const page = await post(keys['good'], undefined, { 'x-api-key': keys['good'] ?? '', origin: 'https://a.example' })
    expect([page.status, page.reply['code']]).toEqual([403, 'PERMISSION_DENIED'])
    const two = await post(keys['good'], undefined, { ...signIn(owner), 'x-api-key': keys['good'] ?? '' })
    expect([two.status, two.reply['code']]).toEqual([401, 'INVALID_ACCESS_TOKEN'])
  })
})
