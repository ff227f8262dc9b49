import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { settlesWithin, timeoutError, withTimeout } from '../../shared/runtime/timeout.ts'

const never = new Promise<never>(() => undefined)

describe('withTimeout', () => {
  test('settles as the work does if that is in time', async () => {
    expect(await withTimeout(1_000, Promise.resolve('done'))).toBe('done')
    await expect(withTimeout(1_000, Promise.reject(new TypeError('failed')))).rejects.toThrow(TypeError)
  })

  test('rejects with ETIMEDOUT if the work is late, and ignores its failure', async () => {
    let fail = (_: Error): void => undefined
    const late = new Promise((_, reject) => {
      fail = reject
    })
    await expect(withTimeout(20, late)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    fail(new TypeError('too late to matter'))
    await wait(0)
  })

  test('leaves no timer behind when the work is done', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const before = timers()
    await withTimeout(60_000, Promise.resolve())
    await settlesWithin(60_000, Promise.resolve())
    expect(timers()).toBe(before)
  })
})

describe('settlesWithin', () => {
  test('resolves to true if the work is done in time, to false otherwise', async () => {
    expect(await settlesWithin(1_000, Promise.resolve())).toBe(true)
    expect(await settlesWithin(10, never)).toBe(false)
  })

  test('rejects if the work fails in time', async () => {
    await expect(settlesWithin(1_000, Promise.reject(new TypeError('failed')))).rejects.toThrow(TypeError)
  })
})

test('a timeout error names the time and has the code of Node', () => {
  expect(timeoutError(1_500)).toMatchObject({ code: 'ETIMEDOUT', message: 'No response within 1500 ms.' })
})
