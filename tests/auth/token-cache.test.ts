import { expect, test } from '@jest/globals'
import { createTokenCache } from '../../shared/auth/tokens/token-cache.ts'
import { toIdentity } from '../../shared/auth/tokens/verified-token.ts'

const countingCache = (capacity: number) => {
  const verified: string[] = []
  const verify = createTokenCache(
    (token) => {
      verified.push(token)
      return Promise.resolve({ ...toIdentity({ id: token, kind: 'user', groups: [] }), expiresAt: undefined })
    },
    { ttlMs: 60_000, now: () => 0, capacity },
  )
  const getUser = async (token: string) => (await verify(token)).user
  return { verified, getUser }
}

test('keeps a token in use, however many others come', async () => {
  const { verified, getUser } = countingCache(10)
  for (let other = 0; other < 200; other++) {
    expect(await getUser('in use')).toMatchObject({ id: 'in use' })
    await getUser(`other ${other}`)
  }
  expect(verified.filter((token) => token === 'in use')).toHaveLength(1)
})

test('drops a token that is no longer used when others have come', async () => {
  const { verified, getUser } = countingCache(10)
  await getUser('unused')
  for (let other = 0; other < 10; other++) await getUser(`other ${other}`)
  await getUser('unused')
  expect(verified.filter((token) => token === 'unused')).toHaveLength(2)
})
