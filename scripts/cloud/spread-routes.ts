import { setTimeout as wait } from 'node:timers/promises'
import { accessDomain } from './access-service.ts'
import type { Cloud } from './connect.ts'
import { DeploymentError } from './deployment-error.ts'
import type { Variables } from './variables.ts'

const pollMs = 1_000

/** Waits until the access service has spread its routes.
 *  @throws DeploymentError when it cannot, or takes longer than `patienceMs` */
export const untilSpread = async (cloud: Cloud, variables: Variables, patienceMs: number): Promise<void> => {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const { status } = await accessDomain(cloud, variables)
    if (status === 'FAIL')
      throw new DeploymentError(
        'The access service could not set the routes. Look at them in the console (HTTP Access Service > Routes).',
      )
    if (status !== 'PROCESSING') return
    if (Date.now() > deadline) {
      const seconds = Math.round(patienceMs / 1000)
      throw new DeploymentError(
        `The routes are still PROCESSING after ${seconds} seconds. The cloud needs longer today: wait some minutes.`,
      )
    }
    await wait(pollMs)
  }
}
