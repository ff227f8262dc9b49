import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createKeyText, toKeyMarks } from '../../shared/auth/keys/key-text.ts'
import { createTicket } from '../../shared/auth/ticket.ts'
import { adminKey, ask, auth, chat, createKey, forms, locate, logs, send, signIn } from './keyed-functions.ts'

const owner = '1900000000000000009'
const unreachable = 'mysql://u:p@127.0.0.1:1/none'

let key: string

beforeAll(async () => {
  key = (await createKey(owner)).key
})

/** Sends a chat with headers in lines of their own, as `fetch` cannot. */
const sendLines = async (headers: Record<string, string | string[]>): Promise<{ status: number; code?: string }> => {
  const url = await locate('/v1/chat/completions')
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers }, (response) => {
      text(response).then((body) => {
        const { error } = JSON.parse(body) as { error?: { code: string } }
        resolve({ status: response.statusCode ?? 0, ...error })
      }, reject)
    })
    outgoing.on('error', reject).end(JSON.stringify(ask))
  })
}

describe('a good key in a place where no key belongs', () => {
  test.each([
    ['the query', () => ({ path: `?key=${key}&api_key=${key}&access_token=${key}` })],
    ['a cookie', () => ({ headers: { cookie: `key=${key}; authorization=${key}` } })],
    ['Authorization without a scheme', () => ({ headers: { authorization: key } })],
    ['Authorization: Basic', () => ({ headers: { authorization: `Basic ${btoa(`user:${key}`)}` } })],
    ['Authorization: Token', () => ({ headers: { authorization: `Token ${key}` } })],
    ['a header of another product', () => ({ headers: { 'api-key': key, 'x-goog-api-key': key } })],
    ['the body', () => ({ body: { ...ask, key, api_key: key } })],
  ])('is no credential: %s (R131)', async (_, toSent) => {
    const { path = '', ...sent } = toSent() as { path?: string; headers?: Record<string, string>; body?: object }
    const { status, code, reply } = await send(`/v1/chat/completions${path}`, { body: ask, ...sent })
    expect({ status, code }).toEqual({ status: 401, code: 'missing_credentials' })
    for (const written of [reply, logs]) expect(JSON.stringify(written)).not.toContain(key)
  })
})

describe.each(forms.slice(0, 3))('a text that is nearly a key, in %s', (_, toHeaders) => {
  test.each([
    ['in upper case', () => key.toUpperCase()],
    ['in lower case', () => key.toLowerCase()],
    ['twice', () => `${key}${key}`],
    ['in quotes', () => `"${key}"`],
    ['with a dot after it', () => `${key}.`],
    ['without sk-', () => key.slice(3)],
    ['after another prefix', () => `sk-proj-${key.slice(3)}`],
    ['with two characters in each other’s place', () => swap(key)],
    ['as its id', () => toKeyMarks(key).id],
    ['as the hash that the store has', () => `sk-${toKeyMarks(key).hash}`],
    ['as the hash alone', () => toKeyMarks(key).hash],
    ['as its prefix', () => toKeyMarks(key).prefix],
    ['as sk- alone', () => 'sk-'],
    ['in the alphabet of base64', () => `${key.slice(0, -1)}=`],
  ])('is refused: %s (R131)', async (_, toText) => {
    const { status, code } = await chat('', { headers: toHeaders(toText()) })
    expect(status).toBe(401)
    expect(['invalid_api_key', 'invalid_access_token']).toContain(code)
  })
})

/** Swaps the first two neighbours that differ, after the prefix. */
const swap = (good: string): string => {
  const at = [...good].findIndex((letter, index) => index > 10 && letter !== good[index + 1])
  return `${good.slice(0, at)}${good[at + 1]}${good[at]}${good.slice(at + 2)}`
}

describe('two lines of a header', () => {
  test.each([
    ['two keys in x-api-key', (other: string) => ({ 'x-api-key': [key, other] })],
    ['two keys in X-Gateway-Token', (other: string) => ({ 'x-gateway-token': [key, other] })],
    ['a key and a login token', (other: string) => ({ ...signIn('1'), 'x-api-key': [other, key] })],
  ])('never choose one of them: %s (R131)', async (_, toHeaders) => {
    expect(await sendLines(toHeaders(createKeyText()))).toMatchObject({ status: 401, code: 'invalid_access_token' })
  })

  test('never choose one of them: two lines of Authorization (R131)', async () => {
    const lines = [`Bearer ${key}`, signIn('1').authorization]
    for (const authorization of [lines, lines.toReversed(), [lines[0] ?? '', lines[0] ?? '']])
      expect(await sendLines({ authorization })).toMatchObject({ status: 401, code: 'missing_credentials' })
  })

  test.each(forms)('lets blanks around the value pass, as HTTP does: %s', async (_, toHeaders) => {
    const padded = Object.entries(toHeaders(key)).map(([name, value]) => [name, `  ${value}\t `])
    expect(await sendLines(Object.fromEntries(padded))).toMatchObject({ status: 200 })
  })
})

describe('the endpoints of the administrator', () => {
  const variables = { WALLET: 'on', USAGE_STORE: 'mysql', MYSQL_DSN: unreachable, MYSQL_POOL_MIN: '0' }

  test.each(['/admin/reload', '/admin/wallet/grant', '/admin/wallet/revoke'])(
    'are closed to keys in every header: %s (R133)',
    async (path) => {
      const all = [...forms, ['X-Gateway-Key', (given: string) => ({ 'x-gateway-key': given })] as const]
      for (const [, toHeaders] of all) {
        const sent = { headers: toHeaders(key), body: {}, variables }
        expect(await send(path, sent)).toMatchObject({ status: 401, code: 'invalid_admin_key' })
      }
    },
  )

  test('take a key for no admin key, and an admin key for no key', async () => {
    expect(await chat('', { headers: { 'x-gateway-key': key } })).toMatchObject({
      status: 401,
      code: 'invalid_admin_key',
    })
    for (const [, toHeaders] of forms)
      expect(await chat('', { headers: toHeaders(adminKey) })).toMatchObject({
        status: 401,
        code: 'invalid_access_token',
      })
  })
})

describe('a web page', () => {
  test.each(['https://app.example.com', 'null', 'http://127.0.0.1'])(
    'cannot use a key in any header: %s (R133)',
    async (origin) => {
      for (const [, toHeaders] of forms)
        expect(await chat('', { headers: { ...toHeaders(key), origin } })).toMatchObject({
          status: 403,
          code: 'permission_denied',
        })
    },
  )
})

test('a mistyped key asks no store: while the store is away, it is a 401, and a whole one a 503 (R131)', async () => {
  const variables = { USAGE_STORE: 'mysql', MYSQL_DSN: unreachable, MYSQL_POOL_MIN: '0' }
  expect(await chat(swap(key), { variables })).toMatchObject({ status: 401, code: 'invalid_api_key' })
  expect(await chat(key, { variables })).toMatchObject({ status: 503, code: 'auth_unavailable' })
})

test('a user who is known by tickets only cannot have keys (R133)', async () => {
  const secret = 'the-ticket-secret-of-the-test-0123456789'
  const wechatUser = { appId: 'wx0123456789abcdef', openId: 'o1' }
  const ticket = createTicket(wechatUser, { secrets: [secret], envId: auth.envId }, Date.now())
  const headers = { authorization: `Bearer ${ticket}` }
  const variables = { TICKET_SECRET: secret }
  expect(await send('/v1/keys', { headers, variables })).toMatchObject({ status: 200 })
  expect(await send('/v1/keys', { method: 'POST', body: {}, headers, variables })).toMatchObject({
    status: 403,
    code: 'permission_denied',
  })
})

describe("a key on Anthropic's wire", () => {
  const ask = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] }

  test.each(forms)('is good until it is revoked: %s (R131)', async (_, toHeaders) => {
    const made = await createKey(owner)
    const headers = toHeaders(made.key)
    expect(await send('/v1/messages', { headers, body: ask })).toMatchObject({
      status: 200,
      reply: { type: 'message', content: [{ type: 'text', text: 'hi' }] },
    })
    await send(`/v1/keys/${made.id}`, { method: 'DELETE', headers: signIn(owner) })
    expect(await send('/v1/messages', { headers, body: ask })).toMatchObject({
      status: 401,
      reply: { type: 'error', error: { type: 'authentication_error' } },
    })
  })
})

describe('the endpoints that cost nothing', () => {
  const count = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] }

  test.each(forms)('take keys, too: %s (R130)', async (_, toHeaders) => {
    const headers = toHeaders(key)
    expect(await send('/v1/messages/count_tokens', { headers, body: count })).toMatchObject({
      status: 200,
      reply: { input_tokens: expect.any(Number) },
    })
    const variables = { MODERATION: 'words', MODERATION_WORDS: 'forbidden' }
    expect(await send('/v1/moderations', { headers, body: { input: 'Hello' }, variables })).toMatchObject({
      status: 200,
    })
  })

  test('refuse a key that is bound to others, or unknown (R133)', async () => {
    const bound = (await createKey(owner, { endpoints: ['chat/completions'] })).key
    const counts = (given: string) =>
      send('/v1/messages/count_tokens', { headers: { 'x-api-key': given }, body: count })
    expect(await counts(bound)).toMatchObject({ status: 403 })
    expect(await counts(createKeyText())).toMatchObject({ status: 401, code: 'invalid_api_key' })
    const checks = { headers: { 'x-api-key': bound }, body: { input: 'Hello' } }
    expect(await send('/v1/moderations', checks)).toMatchObject({ status: 403, code: 'permission_denied' })
  })
})
