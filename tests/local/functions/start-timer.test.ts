import { afterEach, describe, expect, test } from '@jest/globals'
import { startTimer, type TimerEvent } from '../../../scripts/local/functions/start-timer.ts'

const EVERY_SECOND = '* * * * * * *'
const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

/** A timer that fires every second; `act` answers its n-th run. */
const everySecond = (act: (run: number) => Promise<unknown>) => {
  const events: TimerEvent[] = []
  const errors: unknown[] = []
  const run = (event: TimerEvent) => act(events.push(event))
  const timer = startTimer({ name: 'tick', cron: EVERY_SECOND, run, failed: (error) => errors.push(error) })
  cleanUps.push(timer.stop)
  return { timer, events, errors }
}

describe('a timer', () => {
  test("sends the platform's timer event", async () => {
    const before = Date.now()
    const { events } = await new Promise<ReturnType<typeof everySecond>>((resolve) => {
      const started = everySecond(async () => resolve(started))
    })
    expect(events).toEqual([{ Type: 'Timer', TriggerName: 'tick', Time: expect.any(String), Message: '' }])
    expect(events[0]?.Time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(Date.parse(events[0]?.Time ?? '')).toBeGreaterThanOrEqual(before - 1_000)
  })

  test('reports a failed run and continues', async () => {
    const { errors } = await new Promise<ReturnType<typeof everySecond>>((resolve) => {
      const started = everySecond(async (run) => {
        if (run === 1) throw new Error('away')
        resolve(started)
      })
    })
    expect(errors).toEqual([new Error('away')])
  })

  test('reports nothing once it is stopped', async () => {
    const { errors } = await new Promise<ReturnType<typeof everySecond>>((resolve) => {
      const started = everySecond(async () => {
        started.timer.stop()
        setImmediate(resolve, started)
        throw new Error('ended with the gateway')
      })
    })
    expect(errors).toEqual([])
  })

  test('rejects a cron expression without 7 fields', () => {
    const run = async () => undefined
    expect(() => startTimer({ name: 'tick', cron: '* * * * *', run, failed: run })).toThrow('7 parts')
  })
})
