import { setTimeout as wait } from 'node:timers/promises'
import { isTransient } from './cloud-failure.ts'
import { takeTurn } from './pace.ts'

const maxAttempts = 6
const firstPauseMs = 500

/** Calls the cloud when it is the call's turn (`pace.ts`). Retries it after 0.5, 1, 2, 4 and 8 seconds if the cloud limits the rate or
 *  cannot be reached. */
export const retry = async <Result>(call: () => Promise<Result>): Promise<Result> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await takeTurn()
      return await call()
    } catch (error) {
      if (attempt === maxAttempts || !isTransient(error)) throw error
      await wait(firstPauseMs * 2 ** (attempt - 1))
    }
  }
}
