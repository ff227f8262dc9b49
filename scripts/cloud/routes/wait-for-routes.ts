import type { Variables } from '../../variables/read-variables.ts'
import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { poll, type WaitOptions } from '../client/poll.ts'
import { getAccessDomain } from './access-service.ts'

/** Waits until the access service has distributed its routes.
 *  @throws DeploymentError if that fails, or takes longer than `patienceMs` */
export const waitForRoutes = async (
  cloud: Cloud,
  variables: Variables,
  { patienceMs, note }: WaitOptions,
): Promise<void> => {
  const read = () => getAccessDomain(cloud, variables)
  const { status } = await poll(read, (domain) => domain.status !== 'PROCESSING', {
    patienceMs,
    note: ({ domain }, seconds) => note?.(`waiting: the routes of ${domain} are PROCESSING (${seconds} s)`),
  })
  if (status === 'FAIL')
    throw new DeploymentError(
      'The access service could not set the routes. Check them in the console (HTTP Access Service > Routes).',
    )
  if (status !== 'PROCESSING') return
  const seconds = Math.round(patienceMs / 1000)
  throw new DeploymentError(
    `The routes are still PROCESSING after ${seconds} seconds. Wait some minutes, then run it again.`,
  )
}
