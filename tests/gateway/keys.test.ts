import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createKeyText } from '../../shared/auth/keys/key-text.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import {
  adminKey,
  ask,
  auth,
  base,
  chat,
  choices,
  createKey,
  forms,
  logs,
  type Sent,
  send,
  signIn,
  started,
} from './keyed-functions.ts'

describe.each(forms)('a key in %s', (_, toHeaders) => {
  const call = (key: string, sent: Sent = {}) => chat(key, { headers: toHeaders(key), ...sent })

  test('is good for a call (R130)', async () => {
    const { key } = await createKey('1900000000000000001')
    expect(await call(key)).toMatchObject({ status: 200, reply: { choices } })
  })

  test.each([
    ['revoked', 'was revoked'],
    ['expired', 'has expired'],
    ['foreign', 'does not know'],
    ['malformed', 'a part of it is missing'],
    ['unknown', 'does not know'],
  ])('is refused if it is %s (R131)', async (state, words) => {
    const { key, id } = await createKey('1900000000000000001', {
      ...(state === 'expired' && { expires_at: Date.now() / 1000 + 1 }),
    })
    const makers: Record<string, () => Promise<string> | string> = {
      revoked: async () => {
        await send(`/v1/keys/${id}`, { method: 'DELETE', headers: signIn('1900000000000000001') })
        return key
      },
      expired: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_100))
        return key
      },
      foreign: async () => {
        const variables = { USAGE_FILE: `${base['USAGE_FILE']}.of-another-gateway` }
        const made = await send('/v1/keys', { method: 'POST', headers: signIn('2'), body: {}, variables })
        return String(made.reply['key'])
      },
      malformed: () => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
      unknown: createKeyText,
    }
    const { status, code, reply } = await call((await makers[state]?.()) ?? '')
    expect({ status, code }).toEqual({ status: 401, code: 'invalid_api_key' })
    expect(reply.error?.message).toContain(words)
    expect(JSON.stringify(reply)).not.toContain(key.slice(8))
  })
})

describe('credentials in two headers', () => {
  test.each([
    ['two keys', () => ({ authorization: `Bearer ${createKeyText()}` })],
    ['a login token and a key', () => signIn('1900000000000000001')],
    ['X-Gateway-Token and a key', () => ({ 'x-gateway-token': 'abc' })],
  ])('are refused if they differ: %s (R131)', async (_, toHeaders) => {
    const { key } = await createKey('1900000000000000001')
    const { status, code } = await chat(key, { headers: { ...toHeaders(), 'x-api-key': key } })
    expect({ status, code }).toEqual({ status: 401, code: 'invalid_access_token' })
  })

  test('leave x-api-key alone if there are no keys, and X-Gateway-Token carries a login token', async () => {
    const variables = { KEYS: 'off' }
    const { authorization } = signIn('1900000000000000001')
    const headers = { 'x-gateway-token': authorization.slice('Bearer '.length), 'x-api-key': 'of another product' }
    expect(await chat('', { headers, variables })).toMatchObject({ status: 200 })
    const { key } = await createKey('1900000000000000001')
    expect(await chat('', { headers: { 'x-api-key': key }, variables })).toMatchObject({ code: 'missing_credentials' })
    expect(await chat(key, { variables })).toMatchObject({ status: 401, code: 'invalid_access_token' })
  })
})

describe('a key', () => {
  test('is shown once: the list has its prefix, and neither log nor record has it (R131)', async () => {
    const { key, id } = await createKey('7001', { name: 'ci' })
    await chat(key)
    const { reply } = await send('/v1/keys', { headers: signIn('7001') })
    expect(reply['data']).toEqual([
      {
        object: 'key',
        status: 'active',
        id,
        prefix: key.slice(0, 7),
        name: 'ci',
        models: null,
        endpoints: null,
        addresses: null,
        points: null,
        window: null,
        expires_at: null,
        created_at: expect.any(Number),
        created_by: 'user:7001',
        revoked_at: null,
        revoked_by: null,
      },
    ])
    const records = await readFile(String(base['USAGE_FILE']), 'utf8')
    expect(records).toContain('7001')
    expect(JSON.stringify(logs)).toContain(id)
    for (const text of [JSON.stringify(reply), JSON.stringify(logs), records]) expect(text).not.toContain(key.slice(8))
  })

  test.each(['POST', 'GET', 'DELETE'])(
    'cannot be used for %s of keys: only a login token can (R133)',
    async (method) => {
      const { key, id } = await createKey('7002')
      const path = method === 'DELETE' ? `/v1/keys/${id}` : '/v1/keys'
      const sent = { method, ...(method === 'POST' && { body: {} }) }
      for (const [, toHeaders] of forms)
        expect(await send(path, { ...sent, headers: toHeaders(key) })).toMatchObject({
          status: 403,
          code: 'permission_denied',
          reply: { error: { message: expect.stringContaining('A key cannot make') } },
        })
      expect(await chat(key)).toMatchObject({ status: 200 })
    },
  )

  test('is refused from a web page unless KEYS_FROM_BROWSERS allows it (R133)', async () => {
    const { key } = await createKey('7003')
    const headers = { authorization: `Bearer ${key}`, origin: 'https://app.example.com' }
    expect(await chat(key, { headers })).toMatchObject({ status: 403, code: 'permission_denied' })
    expect(await chat(key, { headers, variables: { KEYS_FROM_BROWSERS: 'true' } })).toMatchObject({ status: 200 })
    const token = { ...signIn('7003'), origin: 'https://app.example.com' }
    expect(await chat('', { headers: token })).toMatchObject({ status: 200 })
  })

  test('is good from its addresses only, as the nearest proxy writes them last (R133)', async () => {
    const { key } = await createKey('7004', { addresses: ['203.0.113.0/24', '2001:db8::/32'] })
    const from = (forwarded: string, variables = {}) =>
      chat(key, { headers: { 'x-api-key': key, 'x-forwarded-for': forwarded }, variables })
    expect(await from('198.51.100.1, 203.0.113.9')).toMatchObject({ status: 200 })
    expect(await from('2001:db8::7')).toMatchObject({ status: 200 })
    expect(await from('203.0.113.9, 198.51.100.1')).toMatchObject({
      status: 403,
      reply: { error: { message: expect.stringContaining('from 198.51.100.1') } },
    })
    expect(await chat(key)).toMatchObject({
      status: 403,
      reply: { error: { message: expect.stringContaining('from 127.0.0.1') } },
    })
    expect(await from('203.0.113.9', { CLIENT_ADDRESS_HEADER: 'none' })).toMatchObject({ status: 403 })
    const other = await createKey('7004', { addresses: ['127.0.0.1'] })
    expect(await chat(other.key, { variables: { CLIENT_ADDRESS_HEADER: 'None' } })).toMatchObject({ status: 200 })
  })

  test('is good for its models only, and lists only those (R133)', async () => {
    const { key } = await createKey('7005', { models: ['n', 'for-staff'] })
    expect(await chat(key)).toMatchObject({
      status: 403,
      code: 'permission_denied',
      reply: { error: { param: 'model', message: expect.stringContaining('not open to you') } },
    })
    expect(await chat(key, { body: { ...ask, model: 'n' } })).toMatchObject({ status: 200 })
    const headers = { 'x-api-key': key }
    const { reply } = await send('/v1/models', { headers })
    expect((reply['data'] as { id: string }[]).map(({ id }) => id)).toEqual(['n'])
    expect(await send('/v1/models/m', { headers })).toMatchObject({ status: 403 })
    expect(await send('/v1/models/n', { headers })).toMatchObject({ status: 200 })
    expect(await chat(key, { body: { ...ask, model: 'for-staff' } })).toMatchObject({
      status: 403,
      reply: { error: { message: expect.stringContaining('not open to you') } },
    })
  })

  test('is good for its endpoints only, and for the list of models (R133)', async () => {
    const { key } = await createKey('7006', { endpoints: ['completions'] })
    expect(await chat(key)).toMatchObject({
      status: 403,
      code: 'permission_denied',
      reply: { error: { message: "This key may not use 'chat/completions'. It may use completions." } },
    })
    const headers = { 'x-api-key': key }
    expect(await send('/v1/completions', { headers, body: { model: 'm', prompt: 'Hi' } })).toMatchObject({
      status: 200,
    })
    expect(await send('/v1/models', { headers })).toMatchObject({ status: 200 })
  })

  test("has its owner's groups as the newest login token at /v1/keys states them (R136)", async () => {
    const askStaff = async (key: string) => (await chat(key, { body: { ...ask, model: 'for-staff' } })).status
    auth.users.set('7007', { groups: [{ id: 'staff' }] })
    const { key } = await createKey('7007')
    expect(await askStaff(key)).toBe(200)
    auth.users.set('7007', { groups: [] })
    expect(await askStaff(key)).toBe(200)
    await send('/v1/keys', { headers: signIn('7007') })
    expect(await askStaff(key)).toBe(403)
    auth.users.set('7007', { groups: [{ id: 'staff' }] })
    await createKey('7007')
    expect(await askStaff(key)).toBe(200)
  })
})

describe('the owner of a key', () => {
  test('must exist, and must not be denied, anonymous, or in a state other than ACTIVE (R134)', async () => {
    const { key } = await createKey('7010')
    expect(await chat(key, { variables: { DENIED_USERS: '7009,7010' } })).toMatchObject({ status: 403 })
    auth.users.set('7010', null)
    expect(await chat(key)).toMatchObject({ status: 403, code: 'permission_denied' })
    auth.users.set('7010', { isAnonymous: true })
    expect(await chat(key, { variables: { n: '1' } })).toMatchObject({ status: 403, code: 'permission_denied' })
    auth.lookup.statesStatus = true
    auth.users.set('7010', { status: 'BLOCKED' })
    expect(await chat(key, { variables: { n: '2' } })).toMatchObject({ status: 403, code: 'permission_denied' })
    auth.users.delete('7010')
    expect(await chat(key, { variables: { n: '3' } })).toMatchObject({ status: 200 })
    auth.lookup.statesStatus = false
  })

  test('is asked for by the login service; while it is away, the call can be repeated (R134)', async () => {
    const { key } = await createKey('7011')
    auth.faults.admin = 'error'
    expect(await chat(key)).toMatchObject({ status: 503, code: 'auth_unavailable' })
    delete auth.faults.admin
    expect(await chat(key)).toMatchObject({ status: 200 })
  })

  test('cannot be asked for without CLOUDBASE_APIKEY, so keys are refused unless AUTH_STATE_CHECK=off', async () => {
    const { key } = await createKey('7012')
    expect(await chat(key, { variables: { CLOUDBASE_APIKEY: '' } })).toMatchObject({
      status: 503,
      code: 'gateway_misconfigured',
    })
    expect(await chat(key, { variables: { CLOUDBASE_APIKEY: '', AUTH_STATE_CHECK: 'off' } })).toMatchObject({
      status: 200,
    })
  })

  test('is no anonymous user, no administrator, and nobody if authentication is off (R133)', async () => {
    const variables = { ALLOW_ANONYMOUS: 'true' }
    const make = (headers: Record<string, string>, given = {}) =>
      send('/v1/keys', { method: 'POST', body: {}, headers, variables: given })
    expect(await make(signIn('7013', { scope: 'anonymous' }), variables)).toMatchObject({ status: 403 })
    expect(await make({ 'x-gateway-key': adminKey })).toMatchObject({ status: 403 })
    expect(await make({}, { DISABLE_AUTH: 'true' })).toMatchObject({ status: 401, code: 'missing_credentials' })
    expect(await make({})).toMatchObject({ status: 401, code: 'missing_credentials' })
  })
})

describe('a request for a key', () => {
  test.each([
    [{ models: [] }, 'models'],
    [{ models: 'm' }, 'models'],
    [{ models: [''] }, 'models'],
    [{ endpoints: ['chat'] }, 'endpoints'],
    [{ addresses: ['203.0.113'] }, 'addresses'],
    [{ points: 0 }, 'points'],
    [{ points: 1.5 }, 'points'],
    [{ points: 5 }, 'points'],
    [{ window: 'day' }, 'window'],
    [{ points: 5, window: 'year' }, 'window'],
    [{ expires_at: 1 }, 'expires_at'],
    [{ expires_at: 'soon' }, 'expires_at'],
    [{ name: 'x'.repeat(65) }, 'name'],
    [{ budget: 5 }, 'budget'],
  ])('with %j is refused with the field at fault', async (body, param) => {
    const { status, reply } = await send('/v1/keys', { method: 'POST', headers: signIn('7020'), body })
    expect({ status, reply }).toMatchObject({ status: 400, reply: { error: { param } } })
    expect(String(reply.error?.message)).toContain(`'${param}'`)
  })

  test('takes a date, which is China’s without a zone, and needs no body', async () => {
    const { reply } = await send('/v1/keys', {
      method: 'POST',
      headers: signIn('7021'),
      body: { expires_at: '2999-01-01', name: ' ci ', models: ['m', 'm'] },
    })
    expect(reply).toMatchObject({ name: 'ci', models: ['m'], expires_at: Date.UTC(2998, 11, 31, 16) / 1000 })
    expect(await send('/v1/keys', { method: 'POST', headers: signIn('7021') })).toMatchObject({ status: 200 })
  })

  test('is refused if the user has KEYS_PER_USER active ones already', async () => {
    const variables = { KEYS_PER_USER: '1' }
    const make = () => send('/v1/keys', { method: 'POST', headers: signIn('7022'), body: {}, variables })
    const { reply } = await make()
    expect(await make()).toMatchObject({ status: 409, code: 'too_many_keys' })
    await send(`/v1/keys/${String(reply['id'])}`, { method: 'DELETE', headers: signIn('7022') })
    expect(await make()).toMatchObject({ status: 200 })
  })

  test('ends a key for its owner only, and has no effect the second time', async () => {
    const { id } = await createKey('7023')
    const revoke = (user: string, path = `/v1/keys/${id}`) => send(path, { method: 'DELETE', headers: signIn(user) })
    expect(await revoke('7024')).toMatchObject({ status: 404, code: 'key_not_found' })
    const first = await revoke('7023')
    expect(first).toMatchObject({ status: 200, reply: { id, status: 'revoked', revoked_by: 'user:7023' } })
    expect(await revoke('7023')).toEqual(first)
    expect(await revoke('7023', '/v1/keys')).toMatchObject({ status: 404 })
  })

  test('gets a 503 that says what to do if keys are off or have no store', async () => {
    const make = (variables: Record<string, string>) =>
      send('/v1/keys', { method: 'POST', headers: signIn('7025'), body: {}, variables })
    expect(await make({ KEYS: 'off' })).toMatchObject({
      status: 503,
      reply: { error: { message: expect.stringContaining('KEYS=on') } },
    })
    expect(await make({ USAGE_STORE: 'none' })).toMatchObject({ status: 503, code: 'gateway_misconfigured' })
  })
})

test('a 405 of /v1/keys names all methods of its path', async () => {
  const url = await started.get('/v1/keys{}')
  const ask = async (method: string, path: string) => {
    const { status, headers } = await fetch(`${url}${path}`, { method })
    return [status, headers.get('allow')]
  }
  expect(await ask('PUT', '/v1/keys')).toEqual([405, 'GET, POST, OPTIONS'])
  expect(await ask('PATCH', '/v1/keys/key_1')).toEqual([405, 'DELETE, OPTIONS'])
  expect((await ask('GET', '/v1/keys/key_1'))[0]).toBe(405)
  expect((await ask('PUT', '/v1/keys/none'))[0]).toBe(404)
  expect((await ask('HEAD', '/v1/keys'))[0]).toBe(401)
})

test('a preflight of /v1/keys allows the method that follows it', async () => {
  const url = await started.get('/v1/keys{}')
  const preflight = (method: string, path: string) =>
    fetch(`${url}${path}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': method },
    })
  expect((await preflight('DELETE', '/v1/keys/key_1')).status).toBe(204)
  expect((await preflight('POST', '/v1/keys')).status).toBe(204)
})

describeWithDatabase('the calls of a key, in MySQL', () => {
  let variables: Record<string, string>

  beforeAll(async () => {
    const { dsn } = await testDatabase()
    variables = {
      USAGE_STORE: 'mysql',
      MYSQL_DSN: dsn,
      MYSQL_POOL_MIN: '0',
      WALLET: 'on',
      DAILY_POINTS: '1000',
      POINTS_PER_1K_TOKENS: '100',
    }
  })

  const make = async (user: string, fields: object = {}) => {
    const { reply } = await send('/v1/keys', { method: 'POST', headers: signIn(user), body: fields, variables })
    return { key: String(reply['key']), id: String(reply['id']) }
  }
  const call = (key: string, given = {}) =>
    chat(key, { body: { ...ask, max_tokens: 20 }, variables: { ...variables, ...given } })

  test("are paid by the owner's wallet, and recorded with the id of the key (R130)", async () => {
    const { key, id } = await make('8001')
    expect(await call(key)).toMatchObject({ status: 200 })
    const { reply: wallet } = await send('/v1/wallet', { headers: signIn('8001'), variables })
    expect(wallet).toMatchObject({ balance: 997, reserved: 0 })
    const { reply: own } = await send('/v1/usage', { headers: { 'x-api-key': key }, variables })
    expect(own['records']).toEqual([
      expect.objectContaining({ user_id: '8001', points: 3, metadata: expect.objectContaining({ key_id: id }) }),
    ])
  })

  test('end with a 429 when the points of the key are used up; other keys of the owner go on (R135)', async () => {
    const { key, id } = await make('8002', { points: 10, window: 'day' })
    const results = await Promise.all(Array.from({ length: 8 }, () => call(key)))
    const passed = results.filter(({ status }) => status === 200).length
    expect(passed).toBeGreaterThan(0)
    expect(passed * 3).toBeLessThanOrEqual(10)
    const refused = results.filter(({ status }) => status === 429)
    expect(passed + refused.length).toBe(8)
    for (const { code, reply } of refused) {
      expect(code).toBe('quota_exceeded')
      expect(reply.error?.message).toContain(`'${id}' allows 10 points a day for each key`)
    }
    const other = await make('8002')
    expect(await call(other.key)).toMatchObject({ status: 200 })
    expect(await chat('', { headers: signIn('8002'), variables })).toMatchObject({ status: 200 })
  })

  test('are counted by quotas for each key, too (R135)', async () => {
    const quota = { name: 'per-key', unit: 'requests', window: 'day', per: 'key', limit: 1 }
    const given = { QUOTAS: JSON.stringify([quota]) }
    const [one, other] = [await make('8003'), await make('8003')]
    expect(await call(one.key, given)).toMatchObject({ status: 200 })
    expect(await call(one.key, given)).toMatchObject({ status: 429, code: 'quota_exceeded' })
    expect(await call(other.key, given)).toMatchObject({ status: 200 })
    for (let time = 0; time < 2; time++)
      expect(await chat('', { headers: signIn('8003'), variables: { ...variables, ...given } })).toMatchObject({
        status: 200,
      })
  })

  test('never pass a quota for each key in parallel, whichever of its models they name (R135)', async () => {
    const quotas = [
      { name: 'calls', unit: 'requests', window: 'day', per: 'key', limit: 4 },
      { name: 'of-n', unit: 'requests', window: 'day', per: 'key', limit: 1, models: ['n'] },
    ]
    const given = { QUOTAS: JSON.stringify(quotas) }
    const callAll = async (key: string, models: readonly string[]) => {
      const sent = (model: string) => ({
        body: { ...ask, model, max_tokens: 20 },
        variables: { ...variables, ...given },
      })
      const replies = await Promise.all(models.map((model) => chat(key, sent(model))))
      expect(replies.map(({ status }) => status).filter((status) => ![200, 429].includes(status))).toEqual([])
      return replies.map(({ status }, at) => status === 200 && models[at]).filter(Boolean)
    }
    const [one, other] = [await make('8005'), await make('8005')]
    const passed = await callAll(one.key, ['n', 'n', 'm', 'm', 'm', 'm', 'm', 'm'])
    expect(passed.length).toBeGreaterThan(0)
    expect(passed.length).toBeLessThanOrEqual(4)
    expect(passed.filter((model) => model === 'n').length).toBeLessThanOrEqual(1)
    while ((await callAll(one.key, ['m'])).length > 0) passed.push('m')
    expect(passed).toHaveLength(4)
    expect(await callAll(other.key, ['n'])).toEqual(['n'])
    expect(await callAll(other.key, ['n'])).toEqual([])
    expect(await callAll(other.key, ['m'])).toEqual(['m'])
  })

  test('read the wallet and the usage of their owner, unless the key is bound to other endpoints (R133)', async () => {
    const { key } = await make('8004')
    const bound = await make('8004', { endpoints: ['chat/completions', 'usage'] })
    const get = (path: string, given: string) => send(path, { headers: { 'x-api-key': given }, variables })
    expect(await get('/v1/wallet', key)).toMatchObject({ status: 200, reply: { balance: 0 } })
    expect(await get('/admin/wallet?user_id=8001', key)).toMatchObject({ status: 200, reply: { balance: 0 } })
    expect(await get('/v1/usage', bound.key)).toMatchObject({ status: 200 })
    expect(await get('/v1/wallet', bound.key)).toMatchObject({ status: 403, code: 'permission_denied' })
  })
})
