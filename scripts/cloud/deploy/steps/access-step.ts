import type { Cloud } from '../../client/connect.ts'
import { retry } from '../../client/retry.ts'
import type { Step } from '../../prompt/step.ts'
import { isAccessOn } from '../../routes/access-service.ts'

/** Creates the step that switches the HTTP access service of the environment on. */
export const createAccessStep = (cloud: Cloud): Step => ({
  name: 'HTTP access service',
  plan: async () => ((await isAccessOn(cloud)) ? undefined : 'switch on'),
  run: async () => {
    if (await isAccessOn(cloud)) return 'up to date'
    await retry(() => cloud.app.access.switchAuth(true))
    return 'done (switched on)'
  },
})
