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
  readonly method: 'create' | 'update' | 'configure'
}

/** The largest zip file that the cloud's API accepts in a request (SCF documentation, "CreateFunction",
 *  `Code.ZipFile`). */
const maxZipBytes = 1.5 * 1024 * 1024

/** Creates the step that creates or updates a function. Timers have a step of their own. */
export const createFunctionStep = (cloud: Cloud, options: FunctionStepOptions): Step => {
  const { settings, package: code, version, patienceMs } = options
  const { name } = settings
  const wanted = getWantedFunction(settings, version, code.digest)
  return {
    name: `function ${name}`,
    plan: async () => planned(await readFunctionState(cloud, name), wanted, options).text,
    run: async (note) => {
      const wait = () => waitForFunction(cloud, name, { patienceMs, note })
      const { text, method } = planned(await wait(), wanted, options)
      if (!text) return 'up to date'
      await senders[method](cloud, wanted, { code, wait })
      requireActive(name, await wait())
      return `done (${text})`
    },
  }
}

const planned = (state: FunctionState | undefined, wanted: WantedFunction, options: FunctionStepOptions): Planned => {
  const { settings, replaceFunctions } = options
  if (!state)
    return { text: `create, ${settings.type}, ${(countZipBytes(options) / 1024).toFixed(1)} KB`, method: 'create' }
  if (isForeign(state) && !replaceFunctions) throw new DeploymentError(foreign(settings.name))
  const changes = findFunctionChanges(wanted, state)
  if (changes.length === 0) return { text: undefined, method: 'configure' }
  const text = `update: ${changes.join('; ')}${isChangedElsewhere(state) ? elsewhereText : ''}`
  if (!needsCode(wanted, state)) return { text, method: 'configure' }
  countZipBytes(options)
  // Only a new creation repairs a function whose creation has failed.
  return { text, method: state.status === 'CreateFailed' ? 'create' : 'update' }
}

const countZipBytes = ({ settings: { name }, package: { zip } }: FunctionStepOptions): number => {
  if (zip.length <= maxZipBytes) return zip.length
  throw new DeploymentError(
    `${name}: its zip has ${zip.length} bytes; the cloud accepts ${maxZipBytes} at most. Run npm run build.`,
  )
}

const elsewhereText =
  '; it was changed in the console or by the CLI after the last deployment; .env and cloudbaserc.json overwrite that'

const foreign = (name: string): string =>
  `A function ${name} exists already and is not the gateway's. Delete or rename it (console: Cloud Functions), ` +
  'or deploy with --replace-functions to overwrite its code and environment.'

interface Sending {
  readonly code: FunctionPackage
  /** Waits until the cloud has processed the change before. */
  readonly wait: () => Promise<unknown>
}

const toParameters = ({ settings, mark }: WantedFunction) => {
  const { triggers: _, ...rest } = settings
  return {
    ...rest,
    envVariables: getWantedEnvironment(settings),
    description: formatMark(mark),
    installDependency: false,
  }
}

const toBase64 = ({ zip }: FunctionPackage): string => Buffer.from(zip).toString('base64')

/** The ways to send a function. */
const senders: Readonly<
  Record<Planned['method'], (cloud: Cloud, wanted: WantedFunction, sending: Sending) => Promise<unknown>>
> = {
  create: ({ app }, wanted, { code }) => {
    const parameters = { func: toParameters(wanted), base64Code: toBase64(code), force: true }
    return retry(() => app.functions.createFunction(parameters))
  },
  update: async (cloud, wanted, sending) => {
    const parameters = { func: toParameters(wanted), base64Code: toBase64(sending.code) }
    await retry(() => cloud.app.functions.updateFunctionCode(parameters))
    await sending.wait()
    await senders.configure(cloud, wanted, sending)
  },
  configure: ({ app }, wanted) => retry(() => app.functions.updateFunctionConfig(toParameters(wanted))),
}

/** manager-node 5.6.5 treats a failed update as done. */
const requireActive = (name: string, state: FunctionState | undefined): void => {
  if (state?.status === 'Active') return
  throw new DeploymentError(
    `${name} is ${state?.status ?? 'not there'} after its update. ${state?.reason ?? ''}`.trim(),
  )
}
