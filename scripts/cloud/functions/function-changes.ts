import { isObject } from '../../../shared/runtime/json.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { type FunctionSettings, getStringVariables } from '../settings/cloudbaserc.ts'
import { type DeploymentMark, digestSettings, digestValues, readMark } from './deployment-mark.ts'
import type { FunctionState } from './function-state.ts'

/** A function as it should be deployed. */
export interface WantedFunction {
  readonly settings: FunctionSettings
  readonly mark: DeploymentMark
}

/** Returns the environment for a function. It is never empty: manager-node 5.6.5 does not send an empty one, and the
 *  old one would stay. */
export const getWantedEnvironment = (settings: FunctionSettings): Record<string, string> => {
  const variables = getStringVariables(settings)
  return Object.keys(variables).length > 0 ? variables : { LOG_LEVEL: 'info' }
}

/** Returns a function as `cloudbaserc.json` and the build define it. `version` is the version of the gateway, `code`
 *  the digest of the code. */
export const getWantedFunction = (settings: FunctionSettings, version: string, code: string): WantedFunction => {
  const { timeout, memorySize } = settings
  const values = digestValues({ timeout, memorySize, environment: getWantedEnvironment(settings) })
  return {
    settings,
    mark: { version: version.replace(/[^\w.]/g, '.'), code, settings: digestSettings(settings), values },
  }
}

/** Lists the differences between a function and its deployed state, without values of variables.
 *  @throws DeploymentError if an update cannot fix a difference */
export const findFunctionChanges = (wanted: WantedFunction, state: FunctionState): string[] => {
  const fixed = findFixedDifference(wanted.settings, state)
  if (fixed) throw new DeploymentError(fixed)
  const code = hasSameCode(wanted, state) ? [] : [describeCodeChange(readMark(state.description))]
  return [...code, ...findSettingChanges(wanted, state)]
}

/** Whether an update must send the code as well as the settings: the code differs or may differ, or the function is
 *  not active. */
export const needsCode = (wanted: WantedFunction, state: FunctionState): boolean =>
  !hasSameCode(wanted, state) || state.status !== 'Active'

const hasSameCode = ({ mark }: WantedFunction, state: FunctionState): boolean => {
  const deployed = readMark(state.description)
  return deployed?.code === mark.code && deployed.version === mark.version && !isChangedElsewhere(state)
}

/** Describes a difference in code. */
export const describeCodeChange = (deployed: DeploymentMark | undefined): string =>
  `code (${deployed ? `of ${deployed.version}` : 'of unknown version'})`

/** Lists the differences other than the code. */
export const findSettingChanges = ({ settings, mark }: WantedFunction, state: FunctionState): string[] => {
  const deployed = readMark(state.description)
  const { instanceConcurrencyConfig: concurrency } = settings
  const maxConcurrency = isObject(concurrency) ? concurrency['maxConcurrency'] : undefined
  return [
    state.status === 'Active' ? '' : `status ${state.status}`,
    deployed && deployed.settings !== mark.settings ? 'settings of cloudbaserc.json' : '',
    describeChange('timeout', state.timeout, settings.timeout, ' s'),
    describeChange('memory', state.memorySize, settings.memorySize, ' MB'),
    describeChange('concurrency', state.maxConcurrency ?? maxConcurrency, maxConcurrency),
    describeVariableChanges(state.environment, getWantedEnvironment(settings)),
  ].filter((text) => text !== '')
}

const describeChange = (name: string, deployed: unknown, wanted: unknown, unit = ''): string =>
  deployed === wanted ? '' : `${name} ${String(deployed)} → ${String(wanted)}${unit}`

/** Whether the timeout, memory or environment of a function has changed since its deployment, in the console or by
 *  the CLI. The CLI sends blank variables as empty strings and keeps the description, so the code may differ, too. */
export const isChangedElsewhere = (state: FunctionState): boolean => {
  const values = readMark(state.description)?.values
  return values !== undefined && values !== '' && values !== digestValues(state)
}

/** Whether a function belongs to the app and only has a name of ours: it has no mark, and it lacks the variable that
 *  `cloudbaserc.json` gives to each function that the CLI deploys. */
export const isForeign = ({ description, environment }: FunctionState): boolean =>
  readMark(description) === undefined && !('CLOUDBASE_ENV_ID' in environment)

/** Describes a property that differs and that the cloud fixes at creation, with the fix. Returns undefined if there
 *  is none. */
export const findFixedDifference = (
  { name, type, runtime }: FunctionSettings,
  state: FunctionState,
): string | undefined => {
  const pairs = [
    ['type', state.type || 'Event', type],
    ['runtime', state.runtime, runtime],
  ] as const
  const [property, deployed, wanted] = pairs.find(([, is, should]) => is !== should) ?? []
  return property === undefined
    ? undefined
    : `${name} is deployed with ${property} ${deployed}, but cloudbaserc.json has ${wanted}. The cloud cannot change it later: ` +
        `delete the function (console: Cloud Functions > ${name} > Delete), then deploy again.`
}

/** Formats the changed variables as `environment +ADDED −REMOVED ~CHANGED`; empty if there are none. A blank value
 *  counts as unset, because the CLI sends unset variables as blank ones. */
export const describeVariableChanges = (
  environment: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): string => {
  const deployed = Object.fromEntries(Object.entries(environment).filter(([, value]) => value.trim() !== ''))
  const added = Object.keys(wanted).filter((name) => !(name in deployed))
  const removed = Object.keys(deployed).filter((name) => !(name in wanted))
  const changed = Object.keys(wanted).filter((name) => name in deployed && deployed[name] !== wanted[name])
  const marks = [
    ...added.map((name) => `+${name}`),
    ...removed.map((name) => `−${name}`),
    ...changed.map((name) => `~${name}`),
  ]
  return marks.length === 0 ? '' : `environment ${marks.join(' ')}`
}
