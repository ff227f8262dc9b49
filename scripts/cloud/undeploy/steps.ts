import { functions, probeName } from '../../functions.ts'
import type { Cloud } from '../client/connect.ts'
import { retry } from '../client/retry.ts'
import { isForeign } from '../functions/function-changes.ts'
import { readFunctionRules, usesPolicy, writeFunctionRules } from '../functions/function-rules.ts'
import { readFunctionState } from '../functions/function-state.ts'
import type { Stage, Step } from '../prompt/step.ts'
import { type DomainPaths, findPathsTo, readAccessDomains } from '../routes/access-service.ts'
import type { FunctionSettings } from '../settings/cloudbaserc.ts'
import { createPageRemoval, createPageRouteRemoval } from './page-removal.ts'

/** Creates the stages that remove the gateway: the routes, the functions with their timers, then their rules and the
 *  chat page. Records and tables stay, because a removal could not be undone. */
export const createUndeploymentSteps = (cloud: Cloud, settings: readonly FunctionSettings[]): Stage[] => {
  const names = [...new Set([...functions, ...settings].map(({ name }) => name)), probeName]
  return [
    [createRouteRemoval(cloud, names)],
    [createPageRouteRemoval(cloud)],
    names.map((name) => createFunctionRemoval(cloud, name)),
    [createRuleRemoval(cloud, names), createPageRemoval(cloud)],
  ]
}

/** Removes the routes of every domain: an earlier deployment may have had another one. */
const createRouteRemoval = (cloud: Cloud, names: readonly string[]): Step => {
  const find = async (): Promise<DomainPaths[]> => findPathsTo(names, await readAccessDomains(cloud))
  const describe = (found: readonly DomainPaths[]): string | undefined =>
    found.map(({ domain, paths }) => `remove ${paths.join(' ')} on ${domain}`).join('; ') || undefined
  return {
    name: 'routes',
    plan: async () => describe(await find()),
    run: async () => {
      const found = await find()
      for (const { domain, paths } of found) await removeRoutes(cloud, domain, paths)
      const done = describe(found)
      return done === undefined ? 'nothing to remove' : `done (${done})`
    },
  }
}

const removeRoutes = ({ app, envId }: Cloud, domain: string, paths: readonly string[]): Promise<unknown> =>
  retry(() => app.env.deleteHttpServiceRoute({ EnvId: envId, Domain: domain, Paths: [...paths] }))

const createFunctionRemoval = (cloud: Cloud, name: string): Step => {
  const isOurs = async (): Promise<boolean> => {
    const state = await readFunctionState(cloud, name)
    return state !== undefined && !isForeign(state)
  }
  return {
    name: `function ${name}`,
    plan: async () => ((await isOurs()) ? 'remove, with its timers and its log' : undefined),
    run: async () => {
      if (!(await isOurs())) return 'does not exist, or is not part of the gateway'
      await retry(() => cloud.app.functions.deleteFunction(name))
      return 'removed'
    },
  }
}

const createRuleRemoval = (cloud: Cloud, names: readonly string[]): Step => {
  const named = async () => {
    const rules = (await usesPolicy(cloud)) ? {} : await readFunctionRules(cloud)
    return { rules, ours: names.filter((name) => name in rules) }
  }
  return {
    name: 'security rules',
    plan: async () => {
      const { ours } = await named()
      return ours.length === 0 ? undefined : `remove those of ${ours.join(', ')}`
    },
    run: async () => {
      const { rules, ours } = await named()
      if (ours.length === 0) return 'nothing to remove'
      await writeFunctionRules(
        cloud,
        Object.fromEntries(Object.entries(rules).filter(([name]) => !ours.includes(name))),
      )
      return `removed those of ${ours.join(', ')}`
    },
  }
}
