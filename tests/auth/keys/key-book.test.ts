import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type AuthenticateKey,
  createAuthenticateKey,
  type KeyAuthOptions,
} from '../../../shared/auth/keys/authenticate-key.ts'
import { createKeyBook, type KeyBook } from '../../../shared/auth/keys/key-book.ts'
import type { KeyAttributes } from '../../../shared/auth/keys/key-record.ts'
import { createKeyPlace, type KeyPlace, keyPlaceKinds } from './key-stores.ts'

const unlimited: KeyAttributes = {
  name: '',
  models: null,
  endpoints: null,
  addresses: null,
  points: null,
  window: null,
  expires_at: null,
}
const ann = { user: 'ann', groups: ['staff'], by: 'user:ann' }

const isRefused = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'made',
    (error: { readonly code: string }) => error.code,
  )

describe.each(keyPlaceKinds)('keys in %s', (kind) => {
  let place: KeyPlace
  let now: number

  beforeEach(async () => {
    now = Date.UTC(2026, 10, 29)
    place = await createKeyPlace(kind)
  }, 60_000)
  afterEach(() => place.close())

  /** Opens the keys as an instance of its own does, with the clock of the test. */
  const openBook = (perUser = 10): KeyBook => createKeyBook({ store: place.open(), perUser, now: () => now })

  const startInstance = (findOwner?: KeyAuthOptions['findOwner']): AuthenticateKey =>
    createAuthenticateKey({
      book: openBook(),
      findOwner,
      deniedUsers: new Set(),
      fromBrowsers: false,
      addressHeader: undefined,
      endpoint: undefined,
      cacheTtlMs: 300_000,
      now: () => now,
    })

  const call = async (authenticate: AuthenticateKey, text: string): Promise<string> => {
    try {
      const { id } = await (await authenticate(text, { headers: {} })).user
      return String(id)
    } catch (error) {
      return (error as { readonly code: string }).code
    }
  }

  test('are found by their text, and the store has only a hash and a prefix of it (R131)', async () => {
    const { text, record } = await openBook().create(ann, { ...unlimited, name: 'ci' })
    expect(await openBook().find(text)).toEqual({ user: 'ann', record })
    expect(await openBook().list('ann')).toEqual([record])
    expect(await openBook().findOwner(record.id)).toBe('ann')
    const stored = await place.readAll()
    expect(stored).toContain(record.id)
    expect(stored).not.toContain(text)
    for (let start = 0; start + 8 <= text.length; start++) expect(stored).not.toContain(text.slice(start, start + 8))
  })

  test('die in every instance within a minute after one of them revoked it (R132)', async () => {
    const { text, record } = await openBook().create(ann, unlimited)
    const [one, other] = [startInstance(), startInstance()]
    expect(await call(one, text)).toBe('ann')
    expect(await call(other, text)).toBe('ann')
    await openBook().revoke('ann', record.id, 'operator')
    now += 59_000
    expect(await call(startInstance(), text)).toBe('invalid_api_key')
    now += 1_000
    expect(await call(one, text)).toBe('invalid_api_key')
    expect(await call(other, text)).toBe('invalid_api_key')
  })

  test('die within a minute of the look into the store, however long the account took (R132)', async () => {
    const { text, record } = await openBook().create(ann, unlimited)
    const authenticate = startInstance(async () => {
      await openBook().revoke('ann', record.id, 'operator')
      now += 2_000
      return { isAnonymous: false, status: 'ACTIVE' }
    })
    expect(await call(authenticate, text)).toBe('ann')
    now += 57_999
    expect(await call(authenticate, text)).toBe('ann')
    now += 1
    expect(await call(authenticate, text)).toBe('invalid_api_key')
  })

  test('get other groups: all of a user, or those that one maker made; ended ones keep theirs', async () => {
    const book = openBook()
    const { record: own } = await book.create(ann, unlimited)
    const { record: given } = await book.create({ ...ann, by: 'operator' }, unlimited)
    const { record: ended } = await book.create(ann, unlimited)
    await book.revoke('ann', ended.id, 'user:ann')
    expect(await book.setGroups('ann', [], 'user:ann')).toBe(1)
    expect(await book.setGroups('ann', [], 'user:ann')).toBe(0)
    const readGroups = async () =>
      Object.fromEntries((await openBook().list('ann')).map(({ id, groups }) => [id, groups]))
    expect(await readGroups()).toEqual({ [own.id]: [], [given.id]: ['staff'], [ended.id]: ['staff'] })
    expect(await book.setGroups('ann', ['vip'])).toBe(2)
    expect(await readGroups()).toEqual({ [own.id]: ['vip'], [given.id]: ['vip'], [ended.id]: ['staff'] })
    expect(await book.setGroups('bob', ['vip'])).toBe(0)
  })

  test('keep who made and who revoked them, and when; a second revocation changes nothing', async () => {
    const { record } = await openBook().create(ann, unlimited)
    now += 5_000
    await openBook().revoke('ann', record.id, 'operator')
    now += 5_000
    await openBook().revoke('ann', record.id, 'user:ann')
    const at = Date.UTC(2026, 10, 29) / 1_000
    expect(await openBook().list('ann')).toEqual([
      { ...record, created_at: at, created_by: 'user:ann', revoked_at: at + 5, revoked_by: 'operator' },
    ])
  })

  test('are revoked by their owner only', async () => {
    const { text, record } = await openBook().create(ann, unlimited)
    expect(await openBook().revoke('bob', record.id, 'user:bob')).toBeUndefined()
    expect((await openBook().find(text))?.record.revoked_at).toBeNull()
    expect(await openBook().list('bob')).toEqual([])
  })

  test('are at most so many of a user, also if two instances make them at the same time', async () => {
    const books = [openBook(5), openBook(5)]
    const attempts = Array.from({ length: 14 }, (_, index) => books[index % 2]?.create(ann, unlimited))
    const results = await Promise.all(attempts.map((attempt) => isRefused(Promise.resolve(attempt))))
    expect(results.filter((result) => result === 'made')).toHaveLength(5)
    expect(results.filter((result) => result === 'too_many_keys')).toHaveLength(9)
    const [first] = await openBook().list('ann')
    await openBook().revoke('ann', String(first?.id), 'user:ann')
    expect(await isRefused(openBook(5).create(ann, unlimited))).toBe('made')
    expect(await isRefused(openBook(5).create({ ...ann, user: 'bob' }, unlimited))).toBe('made')
    const users: string[] = []
    for await (const user of openBook().listUsers()) users.push(user)
    expect(users.sort()).toEqual(['ann', 'bob'])
  })
})

describe('the keys of a user who makes and revokes all the time', () => {
  let place: KeyPlace
  beforeEach(async () => {
    place = await createKeyPlace('file')
  })
  afterEach(() => place.close())

  test('are at most 100 in 24 hours; the oldest leave the list, and their audit stays', async () => {
    let now = Date.UTC(2026, 10, 29)
    const book = createKeyBook({ store: place.open(), perUser: 10, now: () => now })
    const makeAndRevoke = async (): Promise<string> => {
      const { record } = await book.create(ann, unlimited)
      await book.revoke('ann', record.id, 'user:ann')
      return record.id
    }
    const first = await makeAndRevoke()
    for (let made = 1; made < 100; made++) await makeAndRevoke()
    expect(await isRefused(makeAndRevoke())).toBe('too_many_keys')
    now += 86_400_000
    for (let made = 0; made < 60; made++) await makeAndRevoke()
    const listed = (await book.list('ann')).map(({ id }) => id)
    const ended = await book.listEnded('ann')
    expect(listed.length + ended.length).toBe(160)
    expect(listed).not.toContain(first)
    expect(ended.find(({ id }) => id === first)).toMatchObject({ created_by: 'user:ann', revoked_by: 'user:ann' })
  }, 120_000)
})
