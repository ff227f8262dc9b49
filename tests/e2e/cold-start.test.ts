import { afterEach, describe, expect, test } from '@jest/globals'
import { startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { type FaultyMysql, faultyMysql } from '../../testing/stand-ins/faulty-mysql.ts'
import { rs256, signingKey } from '../../testing/stand-ins/token-maker.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface ColdFunction {
  readonly auth: CloudBaseAuth
  readonly database: FaultyMysql
  /** The code of the error that a request without a body gets. */
  readonly ask: (headers: Record<string, string>) => Promise<string>
}

const endpoints = {
  'llm-models': ['GET', '/v1/models'],
  'llm-chat-completions': ['POST', '/v1/chat/completions'],
} as const

/** A function that has just been started, with a model map in a database that does not answer. */
const coldFunction = async (name: keyof typeof endpoints): Promise<ColdFunction> => {
  const auth = await startCloudBaseAuth()
  const database = await faultyMysql('never answers')
  const { url, stop } = await startFunction(name, {
    ...auth.environment,
    MYSQL_DSN: database.dsn,
    GATEWAY_ADMIN_KEY: 'right',
  })
  cleanups.push(auth.close, database.close, stop)
  const [method, path] = endpoints[name]
  const ask = async (headers: Record<string, string>): Promise<string> => {
    const reply = await fetch(url + path, { method, headers })
    return ((await reply.json()) as { error: { code: string } }).error.code
  }
  return { auth, database, ask }
}

describe.each(['llm-models', 'llm-chat-completions'] as const)('a cold %s', (name) => {
  test('asks for the model map while the login service is asked for the user', async () => {
    const { auth, database, ask } = await coldFunction(name)
    auth.faults['user/me'] = 'hang'
    expect(await ask({ authorization: `Bearer ${auth.token()}` })).toBe('auth_unavailable')
    expect(database.connections()).toBe(1)
  })

  test.each<[string, (auth: CloudBaseAuth) => Record<string, string>, string]>([
    ['no token', () => ({}), 'missing_credentials'],
    ['no token that is one', () => ({ authorization: 'Bearer x' }), 'invalid_access_token'],
    ['a forged token', (auth) => ({ authorization: `Bearer ${forged(auth)}` }), 'invalid_access_token'],
    ['an expired token', (auth) => ({ authorization: `Bearer ${expired(auth)}` }), 'access_token_expired'],
    ['a wrong admin key', () => ({ 'x-gateway-key': 'wrong' }), 'invalid_admin_key'],
  ])('asks for no map for somebody with %s', async (_, headers, code) => {
    const { auth, database, ask } = await coldFunction(name)
    expect(await ask(headers(auth))).toBe(code)
    expect(database.connections()).toBe(0)
  })
})

const forger = signingKey('forger')

/** Signed with another key under the name of the right one. */
const forged = (auth: CloudBaseAuth): string => auth.token({ sign: rs256(forger.privateKey) })

const expired = (auth: CloudBaseAuth): string => auth.token({ claims: { exp: Math.floor(Date.now() / 1_000) - 120 } })
