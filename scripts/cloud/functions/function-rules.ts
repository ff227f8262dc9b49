import { isObject, parseJson } from '../../../shared/runtime/json.ts'
import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { retry } from '../client/retry.ts'

/** The security rules of the functions: who may invoke a function from a client, by its name; `*` stands for all
 *  others (CloudBase documentation, "Cloud functions: security rules"). */
export type FunctionRules = Readonly<Record<string, { readonly invoke: boolean | string }>>

/** The rules of an environment without rules of its own. */
const defaults: FunctionRules = { '*': { invoke: 'auth != null' } }

/** Reads the rules. @throws DeploymentError if they are not plain JSON, because this program could not add to them */
export const readFunctionRules = async ({ app }: Cloud): Promise<FunctionRules> => {
  const { Data } = await retry(() => app.permission.describeResourcePermission({ resourceType: 'function' }))
  const text = Data.PermissionList?.[0]?.SecurityRule
  if (!text) return defaults
  const rules = parseJson(text)
  if (isRules(rules)) return rules
  throw new DeploymentError(
    'The security rules of the functions are not plain JSON. Open them (console: Cloud Functions > Permissions) and remove comments.',
  )
}

const isRules = (value: unknown): value is FunctionRules => isObject(value) && Object.values(value).every(isObject)

/** Returns the rules with some functions closed to clients. Other functions keep their rules. */
export const closeToClients = (rules: FunctionRules, names: readonly string[]): FunctionRules => ({
  ...defaults,
  ...rules,
  ...Object.fromEntries(names.map((name) => [name, { invoke: false }])),
})

/** Returns the functions that clients may invoke. */
export const findOpenToClients = (rules: FunctionRules, names: readonly string[]): string[] =>
  names.filter((name) => rules[name]?.invoke !== false)

/** Replaces the rules. */
export const writeFunctionRules = async ({ app }: Cloud, rules: FunctionRules): Promise<void> => {
  const securityRule = JSON.stringify(rules)
  await retry(() =>
    app.permission.modifyResourcePermission({ resourceType: 'function', permission: 'CUSTOM', securityRule }),
  )
}
