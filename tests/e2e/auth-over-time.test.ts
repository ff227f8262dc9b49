import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { rs256, signingKey } from '../../testing/stand-ins/token-maker.ts'

let auth: CloudBaseAuth
let gateway: StartedFunction

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  gateway = await startFunction('llm-models', {
    ...auth.recommendedEnvironment,
    AUTH_CACHE_TTL: '1',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: 'https://provider.example.com/v1' } }),
    MODEL_PROVIDER_MAP_FILE: '',
  })
})

afterAll(async () => {
  await gateway.stop()
  await auth.close()
})

const request = async (token: string): Promise<string> => {
  const reply = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } })
  const { code } = (await reply.json()) as { code?: string }
  return code ? `${reply.status} ${code}` : `${reply.status}`
}

/** Sends requests until the reply differs from the first one.
 *  @throws Error after 20 seconds */
const waitForChange = async (token: string): Promise<string> => {
  const first = await request(token)
  const deadline = Date.now() + 20_000
  for (let reply = first; ; reply = await request(token)) {
    if (reply !== first) return reply
    if (Date.now() > deadline) throw new Error(`The reply is still ${first}.`)
  }
}

describe('authentication over time', () => {
  test('rejects a cached token after it has expired (R37)', async () => {
    const token = auth.token({ claims: { exp: Math.floor(Date.now() / 1000) + 10 } })
    expect(await request(token)).toBe('200')
    expect(await waitForChange(token)).toBe('401 ACCESS_TOKEN_EXPIRED')
  }, 30_000)

  test.each(['BLOCKED', 'DISABLED'])(
    'rejects a cached token after its user got the status %s (R37)',
    async (status) => {
      const token = auth.token({ claims: { sub: status } })
      expect(await request(token)).toBe('200')
      auth.users.set(status, { status })
      expect(await waitForChange(token)).toBe('403 PERMISSION_DENIED')
    },
    30_000,
  )

  test('rejects a cached token after its user signed out (R37)', async () => {
    const token = auth.token({ claims: { sub: 'u2' } })
    expect(await request(token)).toBe('200')
    auth.signOut(token)
    expect(await waitForChange(token)).toBe('401 INVALID_ACCESS_TOKEN')
  }, 30_000)
})

describe('a rotation of signing keys under load', () => {
  test('rejects no valid token and accepts no forged one', async () => {
    const forger = signingKey('forger')
    const wrong: string[] = []
    const expectReply = async (token: string, expected: RegExp): Promise<void> => {
      const reply = await request(token)
      if (!expected.test(reply)) wrong.push(reply)
    }
    const caller = async (): Promise<void> => {
      for (let time = 0; time < 25; time++) {
        await expectReply(auth.token(), /^200$/)
        const forged = { header: { kid: time % 2 ? 'forger' : auth.key().kid }, sign: rs256(forger.privateKey) }
        if (time % 5 === 0) await expectReply(auth.token(forged), /^401 INVALID_ACCESS_TOKEN$/)
      }
    }
    const before = auth.token()
    const callers = Array.from({ length: 8 }, caller)
    auth.rotate()
    await Promise.all(callers)
    await expectReply(before, /^200$/)
    expect(wrong).toEqual([])
  })
})
