import { describe, expect, test } from '@jest/globals'
import { memoize, memoizeWeak, once } from '../../shared/runtime/memoize.ts'

describe('once', () => {
  test('makes a value on the first call only, undefined included', () => {
    for (const value of ['made', undefined]) {
      let calls = 0
      const get = once(() => {
        calls += 1
        return value
      })
      expect([get(), get(), calls]).toEqual([value, value, 1])
    }
  })

  test('shares one load among concurrent callers', async () => {
    let loads = 0
    const load = once(async () => {
      loads += 1
      await new Promise(setImmediate)
      return { number: loads }
    })
    const values = await Promise.all([load(), load(), load()])
    expect(new Set(values).size).toBe(1)
    expect(await load()).toBe(values[0])
    expect(loads).toBe(1)
  })

  test('forgets a promise that rejects, so that a later call succeeds', async () => {
    let loads = 0
    const load = once(async () => {
      loads += 1
      if (loads === 1) throw new Error('EMFILE')
      return loads
    })
    await expect(load()).rejects.toThrow('EMFILE')
    expect([await load(), await load()]).toEqual([2, 2])
  })

  test('rejects all concurrent callers of a failed load, and leaves no rejection unhandled', async () => {
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    const load = once(() => Promise.reject(new Error('EMFILE')))
    const settled = await Promise.allSettled([load(), load()])
    await new Promise(setImmediate)
    process.off('unhandledRejection', onUnhandled)
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(unhandled).toEqual([])
  })

  test('keeps a newer value when callers of an old, slow failure retry one after another', async () => {
    let fail: (error: Error) => void = () => undefined
    let loads = 0
    const load = once((): Promise<string> => {
      loads += 1
      return loads === 1 ? new Promise((_, reject) => (fail = reject)) : Promise.resolve(`load ${loads}`)
    })
    const retrying = [load().catch(load), load().catch(load), load().catch(load)]
    await new Promise(setImmediate)
    fail(new Error('slow'))
    expect(await Promise.all(retrying)).toEqual(['load 2', 'load 2', 'load 2'])
    expect(await load()).toBe('load 2')
  })

  test('calls again after a make that throws', () => {
    let calls = 0
    const get = once(() => {
      calls += 1
      if (calls === 1) throw new Error('not yet')
      return calls
    })
    expect(get).toThrow('not yet')
    expect(get()).toBe(2)
  })
})

describe('memoize', () => {
  test('computes one value per text, undefined included', () => {
    const computed: string[] = []
    const get = memoize((text) => {
      computed.push(text)
      return text === '' ? undefined : text.length
    })
    expect(['a', '', 'bc', 'a', ''].map(get)).toEqual([1, undefined, 2, 1, undefined])
    expect(computed).toEqual(['a', '', 'bc'])
  })
})

describe('memoizeWeak', () => {
  test('computes one value per object, not per content', () => {
    let calls = 0
    const get = memoizeWeak((_: object) => {
      calls += 1
      return calls
    })
    const [one, other] = [{}, {}]
    expect([one, other, one].map(get)).toEqual([1, 2, 1])
  })
})
