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

/** The environment that a function is deployed with. An empty environment would not be sent, and the old one would stay
 *  (manager-node 5.6.5): so there is always one. */
export const getWantedEnvironment = (settings: FunctionSettings): Record<string, string> => {
  const variables = getStringVariables(settings)
  return Object.keys(variables).length > 0 ? variables : { LOG_LEVEL: 'info' }
}

/** A function as `cloudbaserc.json` and the build want it. `version` is the gateway's, `code` names its code. */
export const getWantedFunction = (settings: FunctionSettings, version: string, code: string): WantedFunction => {
  const { timeout, memorySize } = settings
  const values = digestValues({ timeout, memorySize, environment: getWantedEnvironment(settings) })
  return {
    settings,
    mark: { version: version.replace(/[^\w.]/g, '.'), code, settings: digestSettings(settings), values },
  }
}

/** What differs between a function and its deployed state, in words without values of variables; empty: nothing.
 *  @throws DeploymentError when it cannot be made right by an update */
export const findFunctionChanges = (wanted: WantedFunction, state: FunctionState): string[] => {
  const fixed = findFixedDifference(wanted.settings, state)
  if (fixed) throw new DeploymentError(fixed)
  const code = hasSameCode(wanted, state) ? [] : [describeCodeChange(readMark(state.description))]
  return [...code, ...findSettingChanges(wanted, state)]
}

/** Whether an update has to send the code, and not the settings alone: it is another one, or may be, or the function is not well. */
export const needsCode = (wanted: WantedFunction, state: FunctionState): boolean =>
  !hasSameCode(wanted, state) || state.status !== 'Active'

const hasSameCode = ({ mark }: WantedFunction, state: FunctionState): boolean => {
  const deployed = readMark(state.description)
  return deployed?.code === mark.code && deployed.version === mark.version && !isChangedElsewhere(state)
}

/** How a difference in code is put. */
export const describeCodeChange = (deployed: DeploymentMark | undefined): string =>
  `code (${deployed ? `of ${deployed.version}` : 'of unknown version'})`

/** What differs beside the code. */
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

/** Whether a function's timeout, memory or environment has been changed since it was deployed: in the console, or by the CLI, which
 *  sends blank variables as empty strings and leaves the description, so that the code may be another one, too. */
export const isChangedElsewhere = (state: FunctionState): boolean => {
  const values = readMark(state.description)?.values
  return values !== undefined && values !== '' && values !== digestValues(state)
}

/** Whether a function is someone else's, that only has a name of ours: no deployment has marked it, and it lacks what
 *  `cloudbaserc.json` gives to each function when the CLI deploys it. */
export const isForeign = ({ description, environment }: FunctionState): boolean =>
  readMark(description) === undefined && !('CLOUDBASE_ENV_ID' in environment)

/** What the cloud fixes at a function's creation and is not as it should be, with what to do; undefined: nothing. */
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
    : `${name} is deployed with ${property} ${deployed}, and cloudbaserc.json says ${wanted}. The cloud fixes it at creation: ` +
        `delete the function (console: Cloud Functions > ${name} > Delete), then deploy again.`
}

/** `environment +ADDED −REMOVED ~CHANGED`; empty: the same. Blank counts as unset, because the CLI sends unset variables so. */
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
