import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { retry } from '../../client/retry.ts'
import { formatMark } from '../../functions/deployment-mark.ts'
import {
  findFunctionChanges,
  getWantedEnvironment,
  getWantedFunction,
  isChangedElsewhere,
  isForeign,
  needsCode,
  type WantedFunction,
} from '../../functions/function-changes.ts'
import type { FunctionPackage } from '../../functions/function-package.ts'
import { type FunctionState, readFunctionState } from '../../functions/function-state.ts'
import { waitForFunction } from '../../functions/wait-for-function.ts'
import type { Step } from '../../prompt/step.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'

/** The options of a function's step. */
export interface FunctionStepOptions {
  readonly settings: FunctionSettings
  readonly package: FunctionPackage
  /** Version of the gateway. */
  readonly version: string
  /** Overwrite a function of the app that has the same name. */
  readonly replaceFunctions: boolean
  /** Longest wait for a function that the cloud is still changing, in milliseconds. */
  readonly patienceMs: number
}

interface Planned {
  readonly text: string | undefined
  readonly sendsCode: boolean
}

/** Creates the step that creates or updates a function. Timers have a step of their own. */
export const createFunctionStep = (cloud: Cloud, options: FunctionStepOptions): Step => {
  const { settings, package: code, version, patienceMs } = options
  const { name } = settings
  const wanted = getWantedFunction(settings, version, code.digest)
  return {
    name: `function ${name}`,
    plan: async () => planned(await readFunctionState(cloud, name), wanted, options).text,
    run: async () => {
      const { text, sendsCode } = planned(await waitForFunction(cloud, name, patienceMs), wanted, options)
      if (!text) return 'up to date'
      await send(cloud, wanted, sendsCode ? code : undefined)
      await checkActive(cloud, options)
      return `done (${text})`
    },
  }
}

const planned = (state: FunctionState | undefined, wanted: WantedFunction, options: FunctionStepOptions): Planned => {
  const { settings, package: code, replaceFunctions } = options
  if (!state) return { text: `create, ${settings.type}, ${(code.zip.length / 1024).toFixed(1)} KB`, sendsCode: true }
  if (isForeign(state) && !replaceFunctions) throw new DeploymentError(foreign(settings.name))
  const changes = findFunctionChanges(wanted, state)
  const elsewhere = changes.length > 0 && isChangedElsewhere(state) ? elsewhereText : ''
  const text = changes.length === 0 ? undefined : `update: ${changes.join('; ')}${elsewhere}`
  return { text, sendsCode: needsCode(wanted, state) }
}

const elsewhereText =
  '; it was changed in the console or by the CLI after the last deployment; .env and cloudbaserc.json overwrite that'

const foreign = (name: string): string =>
  `A function ${name} exists already and is not the gateway's. Delete or rename it (console: Cloud Functions), ` +
  'or deploy with --replace-functions to overwrite its code and environment.'

/** Sends the function with its code, or its settings only. */
const send = async ({ app }: Cloud, wanted: WantedFunction, code: FunctionPackage | undefined): Promise<void> => {
  const { settings, mark } = wanted
  const { triggers: _, ...rest } = settings
  const description = formatMark(mark)
  const func = { ...rest, envVariables: getWantedEnvironment(settings), description, installDependency: false }
  const base64Code = code && Buffer.from(code.zip).toString('base64')
  if (base64Code) await retry(() => app.functions.createFunction({ func, base64Code, force: true }))
  else await retry(() => app.functions.updateFunctionConfig(func))
}

/** Waits until the cloud has processed the change. manager-node 5.6.5 treats a failed update as done. */
const checkActive = async (cloud: Cloud, { settings: { name }, patienceMs }: FunctionStepOptions): Promise<void> => {
  const state = await waitForFunction(cloud, name, patienceMs)
  if (state?.status === 'Active') return
  throw new DeploymentError(
    `${name} is ${state?.status ?? 'not there'} after its update. ${state?.reason ?? ''}`.trim(),
  )
}
