import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { poll } from '../client/poll.ts'
import { type FunctionState, readFunctionState } from './function-state.ts'

/** SCF documentation, "Function status": what passes by itself. */
const isPassing = (state: FunctionState | undefined): state is FunctionState =>
  state !== undefined && /^(Creating|Updating|Publishing|Deleting)/.test(state.status)

/** Reads a function once the cloud has finished what it was doing with it; undefined when it is not there.
 *  @throws DeploymentError when that takes longer than `patienceMs` */
export const waitForFunction = async (
  cloud: Cloud,
  name: string,
  patienceMs: number,
): Promise<FunctionState | undefined> => {
  const read = () => readFunctionState(cloud, name)
  const state = await poll(read, (seen) => !isPassing(seen), { patienceMs })
  if (!isPassing(state)) return state
  const seconds = Math.round(patienceMs / 1000)
  throw new DeploymentError(`${name} is still ${state.status} after ${seconds} seconds: wait some minutes.`)
}
