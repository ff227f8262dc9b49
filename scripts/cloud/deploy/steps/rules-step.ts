import type { Cloud } from '../../client/connect.ts'
import {
  closeToClients,
  findOpenToClients,
  readFunctionRules,
  writeFunctionRules,
} from '../../functions/function-rules.ts'
import type { Step } from '../../prompt/step.ts'

/** Creates the step that closes functions to clients, so that no signed-in user can invoke them with `callFunction`.
 *  Rules of other functions stay. */
export const createRulesStep = (cloud: Cloud, names: readonly string[]): Step => {
  const describe = (open: readonly string[]): string => `close ${open.join(', ')} to clients`
  return {
    name: 'security rules',
    plan: async () => {
      const open = findOpenToClients(await readFunctionRules(cloud), names)
      return open.length === 0 ? undefined : describe(open)
    },
    run: async () => {
      const rules = await readFunctionRules(cloud)
      const open = findOpenToClients(rules, names)
      if (open.length === 0) return 'up to date'
      await writeFunctionRules(cloud, closeToClients(rules, names))
      return `done (${describe(open)})`
    },
  }
}
