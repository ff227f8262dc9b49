import { isObject, parseJson } from '../../../shared/runtime/json.ts'
import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { retry } from '../client/retry.ts'

/** The security rules of the functions: who may invoke a function from a client, by its name; `*` stands for all
 *  others (CloudBase documentation, "Cloud functions: security rules"). */
export type FunctionRules = Readonly<Record<string, { readonly invoke: boolean | string }>>

/** Whether the environment uses a policy in Rego instead of these rules, as those with PostgreSQL do. The API of the
 *  rules then refuses (manager-node 5.6.5, `authz_engine`). */
export const usesPolicy = async ({ app }: Cloud): Promise<boolean> => {
  const { EnvInfo } = await retry(() => app.env.getEnvInfo())
  const { Meta: tags } = EnvInfo as { Meta?: readonly { readonly Key: string; readonly Value: string }[] }
  return (tags ?? []).some(({ Key, Value }) => Key === 'authz_engine' && Value === 'opa')
}

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

/** Functions by who may invoke them. */
export interface ClientAccess {
  /** Clients may not. */
  readonly closed: readonly string[]
  /** The app's users may. */
  readonly open: readonly string[]
}

/** Returns the functions whose rule is wrong. One that is open to users needs a rule of its own, because the rule for all
 *  others belongs to the app; a condition in it stays. */
export const findWrongAccess = (rules: FunctionRules, { closed, open }: ClientAccess): ClientAccess => ({
  closed: closed.filter((name) => rules[name]?.invoke !== false),
  open: open.filter((name) => (rules[name]?.invoke ?? false) === false),
})

/** Returns the rules with some functions closed to clients, and others open to users who are signed in, as each user of a
 *  mini program is. All other functions keep their rules. */
export const changeAccess = (rules: FunctionRules, { closed, open }: ClientAccess): FunctionRules => ({
  ...defaults,
  ...rules,
  ...Object.fromEntries(closed.map((name) => [name, { invoke: false }])),
  ...Object.fromEntries(open.map((name) => [name, { invoke: 'auth != null' }])),
})

/** Replaces the rules. */
export const writeFunctionRules = async ({ app }: Cloud, rules: FunctionRules): Promise<void> => {
  const securityRule = JSON.stringify(rules)
  await retry(() =>
    app.permission.modifyResourcePermission({ resourceType: 'function', permission: 'CUSTOM', securityRule }),
  )
}
