import { describe, expect, test } from '@jest/globals'
import { type AdminKey, createAdminKey } from '../../shared/auth/admin-key.ts'

const right = { 'x-gateway-key': 'the-right-key' }
const wrong = { 'x-gateway-key': 'the-wrong-key' }

/** An admin key that records its waits instead of waiting. */
const recordingKey = (): { key: AdminKey; waits: number[]; clock: { now: number }; release: () => void } => {
  const waits: number[] = []
  const clock = { now: 1_000_000 }
  let held: (() => void)[] | undefined
  const wait = (ms: number): Promise<void> => {
    waits.push(ms)
    return held ? new Promise((resolve) => held?.push(resolve)) : Promise.resolve()
  }
  const key = createAdminKey({ key: 'the-right-key', wait, now: () => clock.now })
  return {
    key,
    waits,
    clock,
    release: () => {
      for (const resolve of held ?? []) resolve()
      held = held ? undefined : []
    },
  }
}

describe('the admin key', () => {
  test('closes the administrator’s endpoints if it is not set, whatever is sent (R42)', async () => {
    const closed = createAdminKey({ key: undefined })
    await expect(closed.require(right)).rejects.toMatchObject({ status: 403, code: 'admin_closed' })
    expect(await closed.check(right)).toBe('absent')
  })

  test('lets the right key pass without a wait', async () => {
    const { key, waits } = recordingKey()
    await key.require(right)
    expect(await key.check(right)).toBe('right')
    expect(waits).toEqual([])
  })

  test('rejects a missing key without a wait', async () => {
    const { key, waits } = recordingKey()
    await expect(key.require({})).rejects.toMatchObject({ status: 401, code: 'invalid_admin_key' })
    expect(waits).toEqual([])
  })

  test.each(['', 'x', 'the-right-ke', 'the-right-keys', 'THE-RIGHT-KEY', 'x'.repeat(10_000)])(
    'rejects the key %j',
    async (given) => {
      await expect(recordingKey().key.require({ 'x-gateway-key': given })).rejects.toMatchObject({ status: 401 })
    },
  )

  test('waits longer with each wrong key, up to a limit (R42)', async () => {
    const { key, waits } = recordingKey()
    for (let time = 0; time < 8; time++) await key.check(wrong)
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000])
    expect(await key.check(right)).toBe('right')
  })

  test('forgets wrong keys after a minute without one', async () => {
    const { key, waits, clock } = recordingKey()
    await key.check(wrong)
    await key.check(wrong)
    clock.now += 60_001
    await key.check(wrong)
    expect(waits).toEqual([100, 200, 100])
  })

  test('rejects too many concurrent wrong keys with 429, and still lets the right key pass', async () => {
    const { key, release } = recordingKey()
    release()
    const held = Array.from({ length: 50 }, () => key.check(wrong))
    await expect(key.check(wrong)).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    expect(await key.check(right)).toBe('right')
    release()
    expect(new Set(await Promise.all(held))).toEqual(new Set(['wrong']))
  })
})
