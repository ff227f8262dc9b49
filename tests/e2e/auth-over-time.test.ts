import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { rs256, signingKey } from '../../testing/stand-ins/token-maker.ts'

let auth: CloudBaseAuth
let gateway: StartedFunction

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  gateway = await startFunction('llm-models', {
    ...auth.environment,
    AUTH_CACHE_TTL: '1',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: 'https://provider.example.com/v1' } }),
    MODEL_PROVIDER_MAP_FILE: '',
  })
})

afterAll(async () => {
  await gateway.stop()
  await auth.close()
})

const ask = async (token: string): Promise<string> => {
  const reply = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } })
  const { code } = (await reply.json()) as { code?: string }
  return code ? `${reply.status} ${code}` : `${reply.status}`
}

/** Asks until the answer is another one than at first; it gives up after 20 seconds. */
const untilChanged = async (token: string): Promise<string> => {
  const first = await ask(token)
  const deadline = Date.now() + 20_000
  for (let answer = first; ; answer = await ask(token)) {
    if (answer !== first) return answer
    if (Date.now() > deadline) throw new Error(`still ${first}`)
  }
}

describe('a token that was good', () => {
  test('is refused once it has expired, though it was cached (R37)', async () => {
    // The leeway is 30 seconds: this one has two left.
    const token = auth.token({ claims: { exp: Math.floor(Date.now() / 1000) - 28 } })
    expect(await untilChanged(token)).toBe('401 ACCESS_TOKEN_EXPIRED')
  })

  test('is refused once its user is blocked, though it was cached (R37)', async () => {
    const token = auth.token({ claims: { sub: 'u1' } })
    expect(await ask(token)).toBe('200')
    auth.users.set('u1', { status: 'BLOCKED' })
    expect(await untilChanged(token)).toBe('403 PERMISSION_DENIED')
  })
})

describe('a change of keys under load', () => {
  test('turns no good token away and lets no forged one in', async () => {
    const forger = signingKey('forger')
    const wrong: string[] = []
    const expectAnswer = async (token: string, expected: RegExp): Promise<void> => {
      const answer = await ask(token)
      if (!expected.test(answer)) wrong.push(answer)
    }
    const caller = async (): Promise<void> => {
      for (let time = 0; time < 25; time++) {
        await expectAnswer(auth.token(), /^200$/)
        const forged = { header: { kid: time % 2 ? 'forger' : auth.key().kid }, sign: rs256(forger.privateKey) }
        if (time % 5 === 0) await expectAnswer(auth.token(forged), /^401 INVALID_ACCESS_TOKEN$/)
      }
    }
    const before = auth.token()
    const callers = Array.from({ length: 8 }, caller)
    auth.rotate()
    await Promise.all(callers)
    await expectAnswer(before, /^200$/)
    expect(wrong).toEqual([])
  })
})
