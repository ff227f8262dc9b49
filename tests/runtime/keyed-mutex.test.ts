import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { keyedMutex } from '../../shared/runtime/keyed-mutex.ts'

const tick = () => new Promise<void>(setImmediate)

describe('a keyed mutex', () => {
  test('runs work of one key in order, one at a time, and other keys beside it', async () => {
    const events: string[] = []
    const run = keyedMutex()
    const work = (name: string) => async () => {
      events.push(`${name} begins`)
      await tick()
      events.push(`${name} ends`)
      return name
    }
    const results = await Promise.all([run('a', work('a1')), run('a', work('a2')), run('b', work('b1'))])
    expect(results).toEqual(['a1', 'a2', 'b1'])
    expect(events.slice(0, 2)).toEqual(['a1 begins', 'b1 begins'])
    const ofA = events.filter((event) => event.startsWith('a'))
    expect(ofA).toEqual(['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends'])
  })

  test('goes on after work that rejects or throws, and rejects only its caller', async () => {
    const run = keyedMutex()
    const failures = [
      run('a', () => Promise.reject(new Error('rejected'))),
      run('a', () => {
        throw new Error('thrown')
      }),
    ]
    const last = run('a', () => Promise.resolve('after them'))
    expect((await Promise.allSettled(failures)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await last).toBe('after them')
  })

  test('never runs two pieces of work of one key at a time, whatever comes when', async () => {
    const calls = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), ticks: fc.nat(3), fails: fc.boolean() }))
    await fc.assert(
      fc.asyncProperty(calls, async (given) => {
        const run = keyedMutex()
        const running = new Map<string, number>()
        let most = 0
        const work = (key: string, ticks: number, fails: boolean) => async () => {
          running.set(key, (running.get(key) ?? 0) + 1)
          most = Math.max(most, running.get(key) ?? 0)
          for (let count = 0; count < ticks; count++) await Promise.resolve()
          running.set(key, (running.get(key) ?? 0) - 1)
          if (fails) throw new Error('failed')
        }
        await Promise.allSettled(given.map(({ key, ticks, fails }) => run(key, work(key, ticks, fails))))
        expect(most).toBe(given.length > 0 ? 1 : 0)
      }),
      { numRuns: 50 },
    )
  })
})
