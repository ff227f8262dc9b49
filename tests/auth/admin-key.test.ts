import { describe, expect, test } from '@jest/globals'
import { type AdminKey, createAdminKey } from '../../shared/auth/admin-key.ts'

const right = { 'x-gateway-key': 'the-right-key' }
const wrong = { 'x-gateway-key': 'the-wrong-key' }

/** An admin key whose waits are kept instead of waited for. */
const watched = (): { key: AdminKey; waits: number[]; clock: { now: number }; release: () => void } => {
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
  test('unset, closes the administrator’s endpoints, whatever is sent (R42)', async () => {
    const closed = createAdminKey({ key: undefined })
    await expect(closed.require(right)).rejects.toMatchObject({ status: 403, code: 'admin_closed' })
    expect(await closed.check(right)).toBe('absent')
  })

  test('right, never waits', async () => {
    const { key, waits } = watched()
    await key.require(right)
    expect(await key.check(right)).toBe('right')
    expect(waits).toEqual([])
  })

  test('missing, is refused without a wait', async () => {
    const { key, waits } = watched()
    await expect(key.require({})).rejects.toMatchObject({ status: 401, code: 'invalid_admin_key' })
    expect(waits).toEqual([])
  })

  test.each(['', 'x', 'the-right-ke', 'the-right-keys', 'THE-RIGHT-KEY', 'x'.repeat(10_000)])(
    'is not %j',
    async (given) => {
      await expect(watched().key.require({ 'x-gateway-key': given })).rejects.toMatchObject({ status: 401 })
    },
  )

  test('wrong again and again, is told later and later, up to a limit (R42)', async () => {
    const { key, waits } = watched()
    for (let time = 0; time < 8; time++) await key.check(wrong)
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000])
    expect(await key.check(right)).toBe('right')
  })

  test('wrong, is forgotten after a minute without another', async () => {
    const { key, waits, clock } = watched()
    await key.check(wrong)
    await key.check(wrong)
    clock.now += 60_001
    await key.check(wrong)
    expect(waits).toEqual([100, 200, 100])
  })

  test('wrong in too many requests at once, is refused with 429, and the right one still passes', async () => {
    const { key, release } = watched()
    release()
    const held = Array.from({ length: 50 }, () => key.check(wrong))
    await expect(key.check(wrong)).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    expect(await key.check(right)).toBe('right')
    release()
    expect(new Set(await Promise.all(held))).toEqual(new Set(['wrong']))
  })
})
