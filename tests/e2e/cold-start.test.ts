import { describe, expect, test } from '@jest/globals'
import { startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { type FaultyMysql, faultyMysql } from '../../testing/stand-ins/faulty-mysql.ts'
import { rs256, signingKey } from '../../testing/stand-ins/token-maker.ts'
import { onCleanup } from '../support/on-cleanup.ts'

interface ColdFunction {
  readonly auth: CloudBaseAuth
  readonly database: FaultyMysql
  /** Sends a request without a body and returns the code of its error. */
  readonly requestCode: (headers: Record<string, string>) => Promise<string>
}

const endpoints = {
  'llm-models': ['GET', '/v1/models'],
  'llm-chat-completions': ['POST', '/v1/chat/completions'],
} as const

/** Starts a function with a model map in a database that never replies. */
const startCold = async (name: keyof typeof endpoints): Promise<ColdFunction> => {
  const auth = await startCloudBaseAuth()
  const database = await faultyMysql('never answers')
  const { url, stop } = await startFunction(name, {
    ...auth.environment,
    MYSQL_DSN: database.dsn,
    GATEWAY_ADMIN_KEY: 'right',
  })
  onCleanup(auth.close, database.close, stop)
  const [method, path] = endpoints[name]
  const requestCode = async (headers: Record<string, string>): Promise<string> => {
    const reply = await fetch(url + path, { method, headers })
    return ((await reply.json()) as { error: { code: string } }).error.code
  }
  return { auth, database, requestCode }
}

describe.each(['llm-models', 'llm-chat-completions'] as const)('a cold %s', (name) => {
  test('loads the model map while it waits for the login service', async () => {
    const { auth, database, requestCode } = await startCold(name)
    auth.faults['user/me'] = 'hang'
    expect(await requestCode({ authorization: `Bearer ${auth.token()}` })).toBe('auth_unavailable')
    expect(database.connections()).toBe(1)
  })

  test.each<[string, (auth: CloudBaseAuth) => Record<string, string>, string]>([
    ['no token', () => ({}), 'missing_credentials'],
    ['an invalid token', () => ({ authorization: 'Bearer x' }), 'invalid_access_token'],
    ['a forged token', (auth) => ({ authorization: `Bearer ${createForged(auth)}` }), 'invalid_access_token'],
    ['an expired token', (auth) => ({ authorization: `Bearer ${createExpired(auth)}` }), 'access_token_expired'],
    ['a wrong admin key', () => ({ 'x-gateway-key': 'wrong' }), 'invalid_admin_key'],
  ])('loads no model map for a request with %s', async (_, headers, code) => {
    const { auth, database, requestCode } = await startCold(name)
    expect(await requestCode(headers(auth))).toBe(code)
    expect(database.connections()).toBe(0)
  })
})

const forger = signingKey('forger')

/** Creates a token that is signed with another key, with the id of the correct one. */
const createForged = (auth: CloudBaseAuth): string => auth.token({ sign: rs256(forger.privateKey) })

const createExpired = (auth: CloudBaseAuth): string =>
  auth.token({ claims: { exp: Math.floor(Date.now() / 1_000) - 120 } })
