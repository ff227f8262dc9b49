import { type FunctionSettings, stringVariables } from './cloudbaserc.ts'
import { DeploymentError } from './deployment-error.ts'
import type { FunctionState } from './function-state.ts'

/** A function as it should be deployed. */
export interface WantedFunction {
  readonly settings: FunctionSettings
  readonly description: string
}

/** The variables that a function is deployed with. An empty environment would not be sent, and the old one would stay
 *  (manager-node 5.6.5): so there is always one. */
export const deployedVariables = (settings: FunctionSettings): Record<string, string> => {
  const variables = stringVariables(settings)
  return Object.keys(variables).length > 0 ? variables : { LOG_LEVEL: 'info' }
}

/** What differs between a function and its deployed state, in words without values of variables; empty: nothing.
 *  @throws DeploymentError when it cannot be made right by an update */
export const functionChanges = ({ settings, description }: WantedFunction, state: FunctionState): string[] => {
  refuseFixed('type', state.type || 'Event', settings)
  refuseFixed('runtime', state.runtime, settings)
  return [
    state.status === 'Active' ? '' : `status ${state.status}`,
    state.description === description ? '' : `code (${state.description || 'of unknown version'})`,
    state.timeout === settings.timeout ? '' : `timeout ${state.timeout} → ${settings.timeout} s`,
    state.memorySize === settings.memorySize ? '' : `memory ${state.memorySize} → ${settings.memorySize} MB`,
    variableChanges(state.environment, deployedVariables(settings)),
  ].filter((change) => change !== '')
}

const refuseFixed = (property: 'type' | 'runtime', deployed: string, settings: FunctionSettings): void => {
  if (deployed === settings[property]) return
  throw new DeploymentError(
    `${settings.name} is deployed with ${property} ${deployed}, and cloudbaserc.json says ${settings[property]}. The cloud fixes it ` +
      `at creation: delete the function (console: Cloud Functions > ${settings.name} > Delete), then deploy again.`,
  )
}

/** `environment +ADDED −REMOVED ~CHANGED`; empty: the same. */
export const variableChanges = (
  deployed: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): string => {
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
