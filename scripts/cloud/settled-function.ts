import { setTimeout as wait } from 'node:timers/promises'
import type { Cloud } from './connect.ts'
import { DeploymentError } from './deployment-error.ts'
import { type FunctionState, functionState } from './function-state.ts'

const pollMs = 1_000
/** SCF documentation, "Function status": what passes by itself. */
const passing = /^(Creating|Updating|Publishing|Deleting)/

/** Reads a function once the cloud has finished what it was doing with it; undefined when it is not there.
 *  @throws DeploymentError when that takes longer than `patienceMs` */
export const settledFunction = async (
  cloud: Cloud,
  name: string,
  patienceMs: number,
): Promise<FunctionState | undefined> => {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const state = await functionState(cloud, name)
    if (!state || !passing.test(state.status)) return state
    if (Date.now() > deadline) {
      const seconds = Math.round(patienceMs / 1000)
      throw new DeploymentError(`${name} is still ${state.status} after ${seconds} seconds: wait some minutes.`)
    }
    await wait(pollMs)
  }
}
