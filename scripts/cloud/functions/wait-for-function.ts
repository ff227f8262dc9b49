import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { poll, type WaitOptions } from '../client/poll.ts'
import { type FunctionState, readFunctionState } from './function-state.ts'

/** Whether the status is temporary (SCF documentation, "Function status"). */
const isPassing = (state: FunctionState | undefined): state is FunctionState =>
  state !== undefined && /^(Creating|Updating|Publishing|Deleting)/.test(state.status)

/** Waits until the cloud has finished a change to a function, and returns its state; undefined if it does not exist.
 *  @throws DeploymentError if that takes longer than `patienceMs` */
export const waitForFunction = async (
  cloud: Cloud,
  name: string,
  { patienceMs, note }: WaitOptions,
): Promise<FunctionState | undefined> => {
  const read = () => readFunctionState(cloud, name)
  const state = await poll(read, (seen) => !isPassing(seen), {
    patienceMs,
    note: (seen, seconds) => note?.(`waiting: the function is ${seen?.status} (${seconds} s)`),
  })
  if (!isPassing(state)) return state
  const seconds = Math.round(patienceMs / 1000)
  throw new DeploymentError(`${name} is still ${state.status} after ${seconds} seconds: wait some minutes.`)
}
