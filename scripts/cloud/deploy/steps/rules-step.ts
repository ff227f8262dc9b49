import type { Cloud } from '../../client/connect.ts'
import {
  type ClientAccess,
  changeAccess,
  findWrongAccess,
  readFunctionRules,
  usesPolicy,
  writeFunctionRules,
} from '../../functions/function-rules.ts'
import type { Step } from '../../prompt/step.ts'

/** Creates the step that decides which functions clients may invoke with `callFunction`. Rules of other functions
 *  stay. */
export const createRulesStep = (cloud: Cloud, access: ClientAccess): Step => ({
  name: 'security rules',
  plan: async () =>
    (await usesPolicy(cloud)) ? undefined : describe(findWrongAccess(await readFunctionRules(cloud), access)),
  run: async () => {
    if (await usesPolicy(cloud)) return policyInstead
    const rules = await readFunctionRules(cloud)
    const wrong = findWrongAccess(rules, access)
    const changes = describe(wrong)
    if (changes === undefined) return 'up to date'
    await writeFunctionRules(cloud, changeAccess(rules, wrong))
    return `done (${changes})`
  },
})

const policyInstead = 'not used: this environment has a policy instead. npm run doctor says what it must allow and deny'

const describe = ({ closed, open }: ClientAccess): string | undefined => {
  const changes = [
    ...(closed.length > 0 ? [`close ${closed.join(', ')} to clients`] : []),
    ...(open.length > 0 ? [`open ${open.join(', ')} to users`] : []),
  ]
  return changes.length > 0 ? changes.join('; ') : undefined
}
