import { setTimeout as wait } from 'node:timers/promises'
import { isTransient } from './cloud-failure.ts'

const maxAttempts = 6
const firstPauseMs = 500

/** Retries a call to the cloud after 0.5, 1, 2, 4 and 8 seconds if the cloud limits the rate or cannot be reached. */
export const retry = async <Result>(call: () => Promise<Result>): Promise<Result> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === maxAttempts || !isTransient(error)) throw error
      await wait(firstPauseMs * 2 ** (attempt - 1))
    }
  }
}
