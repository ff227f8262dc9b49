import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { poll } from '../../client/poll.ts'
import { retry } from '../../client/retry.ts'
import { isClosed, readHosting } from '../../hosting/hosting.ts'
import type { Step } from '../../prompt/step.ts'

/** Creates the step that opens the static hosting of the environment, and waits until it takes files. */
export const createHostingStep = (cloud: Cloud, patienceMs: number): Step => ({
  name: 'static hosting',
  plan: async () => (isClosed(await readHosting(cloud)) ? 'open' : undefined),
  run: async (note) => {
    const wasClosed = isClosed(await readHosting(cloud))
    if (wasClosed) await retry(() => cloud.app.hosting.enableService())
    const hosting = await poll(
      () => readHosting(cloud),
      (found) => found?.status === 'online',
      {
        patienceMs,
        note: (found, seconds) => note(`waiting: the hosting is ${found?.status ?? 'not there yet'} (${seconds} s)`),
      },
    )
    if (hosting?.status === 'online') return wasClosed ? 'done (open)' : 'up to date'
    throw new DeploymentError(
      `The static hosting is ${hosting?.status ?? 'not there yet'}. Wait some minutes, or open it in the console (Static Website Hosting).`,
    )
  },
})
