import { expect, test } from '@jest/globals'
import { createTokenCache } from '../../shared/auth/token-cache.ts'

const counting = (capacity: number) => {
  const asked: string[] = []
  const userOf = createTokenCache(
    (token) => {
      asked.push(token)
      return Promise.resolve({ user: { id: token, kind: 'user', groups: [] }, expiresAt: undefined })
    },
    { ttlMs: 60_000, now: () => 0, capacity },
  )
  return { asked, userOf }
}

test('a token in use stays known however many others come', async () => {
  const { asked, userOf } = counting(10)
  for (let other = 0; other < 200; other++) {
    expect(await userOf('in use')).toMatchObject({ id: 'in use' })
    await userOf(`other ${other}`)
  }
  expect(asked.filter((token) => token === 'in use')).toHaveLength(1)
})

test('a token that nobody uses any more is forgotten when others have come', async () => {
  const { asked, userOf } = counting(10)
  await userOf('left')
  for (let other = 0; other < 10; other++) await userOf(`other ${other}`)
  await userOf('left')
  expect(asked.filter((token) => token === 'left')).toHaveLength(2)
})
