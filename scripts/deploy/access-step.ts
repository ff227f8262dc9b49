import { isAccessOn } from '../cloud/access-service.ts'
import type { Cloud } from '../cloud/connect.ts'
import { patiently } from '../cloud/retry.ts'
import type { Step } from '../cloud/step.ts'

/** Switches the environment's HTTP access service on. */
export const accessStep = (cloud: Cloud): Step => ({
  name: 'HTTP access service',
  plan: async () => ((await isAccessOn(cloud)) ? undefined : 'switch on'),
  run: async () => {
    if (await isAccessOn(cloud)) return 'up to date'
    await patiently(() => cloud.app.access.switchAuth(true))
    return 'done (switched on)'
  },
})
