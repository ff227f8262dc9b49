import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCheckerState } from '../../../shared/gateway/stores/checker-state.ts'
import { writeRow } from '../../../shared/gateway/stores/row-store.ts'
import { readStoredWords, writeStoredWords } from '../../../shared/gateway/stores/stored-words.ts'
import type { WalletStore } from '../../../shared/wallet/wallet-store.ts'
import { openWalletStore, repeat, storeKinds, type TestPlace, testPlaces } from '../../wallet/wallet-stores.ts'

const longList = (letter: string): string =>
  Array.from({ length: 40_000 }, (_, index) => `${letter}词${index}`).join('\n')

describe.each(storeKinds)('a list of words stored in %s', (kind) => {
  let at: TestPlace
  let store: WalletStore
  beforeAll(async () => {
    at = await testPlaces[kind]()
    store = openWalletStore(at.place)
  })
  afterAll(async () => {
    await store.end()
    await at.close()
  })
  const read = () => repeat(() => readStoredWords(store))
  const write = (text: string) => repeat(() => writeStoredWords(store, text))
  const listRows = () =>
    repeat(() => store.findRange({ from: 'definition:words', below: 'definition:words;', limit: 100 }))

  test('is read as it was written, however long it is, and replaced as a whole (R122)', async () => {
    expect(await read()).toBeUndefined()
    for (const text of [longList('甲'), longList('😀'), 'short', longList('甲')]) {
      await write(text)
      await write(text)
      expect((await read())?.text).toBe(text)
    }
    expect((await listRows()).length).toBe(1 + Math.ceil(longList('甲').length / 100_000))
  })

  test('is not read again while it is the same', async () => {
    await write('one')
    const known = await read()
    const reads: string[] = []
    const counting: WalletStore = {
      ...store,
      read: (id) => {
        reads.push(id)
        return store.read(id)
      },
    }
    expect(await repeat(() => readStoredWords(counting, known))).toBe(known)
    expect(new Set(reads)).toEqual(new Set(['definition:words']))
  })

  test('is refused if a part of it is missing or wrong', async () => {
    await write(longList('乙'))
    const [piece] = (await listRows()).filter(({ id }) => id !== 'definition:words')
    await repeat(() => writeRow(store, piece?.id ?? '', 'other'))
    await expect(read()).rejects.toThrow('The stored words are not complete.')
    await write(longList('乙'))
    expect((await read())?.text).toBe(longList('乙'))
  })
})

describe('the failure of a checker', () => {
  let at: TestPlace
  beforeAll(async () => {
    at = await testPlaces.collection()
  })
  afterAll(() => at.close())

  const createState = (service: string, clock: { now: number }) => {
    if (at.place.kind !== 'collection') throw new TypeError('no collection')
    openWalletStore(at.place)
    const credentials = { secretId: 'id', secretKey: 'key' }
    const options = { envId: 'test-env', region: 'ap-shanghai', collection: 'usage', credentials }
    return createCheckerState({ kind: 'collection', options }, { service, now: () => clock.now })
  }

  test('is known to all instances from its beginning until a check succeeds (R123)', async () => {
    const clock = { now: 1_000_000 }
    const [one, other] = [createState('tms', clock), createState('tms', clock)]
    await one.note(undefined)
    expect(await other.read()).toBeUndefined()
    await one.note('HTTP 502')
    clock.now += 40_000
    await other.note('ETIMEDOUT')
    expect(await one.read()).toEqual({ since: 1_000_000, lastAt: 1_040_000, error: 'ETIMEDOUT' })
    expect(await createState('wechat', clock).read()).toBeUndefined()
    await other.note(undefined)
    expect(await one.read()).toBeUndefined()
    await one.note('HTTP 500')
    expect(await other.read()).toMatchObject({ since: 1_040_000, error: 'HTTP 500' })
  })

  test('counts as over if none was noted for two minutes, and the next one begins anew', async () => {
    const clock = { now: 5_000_000 }
    const state = createState('webhook', clock)
    await state.note('HTTP 502')
    clock.now += 119_999
    expect(await state.read()).toMatchObject({ error: 'HTTP 502' })
    clock.now += 1
    expect(await state.read()).toBeUndefined()
    await state.note('HTTP 503')
    expect(await state.read()).toEqual({ since: clock.now, lastAt: clock.now, error: 'HTTP 503' })
  })
})
