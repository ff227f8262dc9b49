import { join } from 'node:path'
import { functions } from '../../functions.ts'
import type { Language } from '../../language.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { type Cloud, checkEnvironment, connect } from '../client/connect.ts'
import { readOnly } from '../client/read-only.ts'
import { cloudMessages } from '../messages.ts'
import { type Print, runSteps } from '../prompt/run-steps.ts'
import { showPlan } from '../prompt/show-plan.ts'
import type { Stage } from '../prompt/step.ts'
import { getAccessDomain } from '../routes/access-service.ts'
import { readCloudbaserc } from '../settings/cloudbaserc.ts'
import { readDefinitionFiles } from '../settings/definition-files.ts'
import { readModelKeys, withModelKeys } from '../settings/model-keys.ts'
import { findMapFaults, findUnlistedModels } from '../settings/model-map-file.ts'
import { keepWanted, selectFunctions } from '../settings/select-functions.ts'
import { formatCurlLine } from './curl-line.ts'
import type { DeployOptions } from './options.ts'
import { packFunctions } from './preflight/check-packages.ts'
import { runPreflight } from './preflight/preflight.ts'
import { findUnreadVariables } from './preflight/unread-variables.ts'
import { findPage } from './steps/page-step.ts'
import { createDeploymentSteps } from './steps/steps.ts'

/** The context of a deployment. */
export interface DeployContext {
  /** The folder of the gateway. */
  readonly folder: string
  readonly variables: Variables
  readonly language: Language
  readonly version: string
  readonly options: DeployOptions
  readonly print: Print
  /** Builds `dist/`. */
  readonly build: () => void
  /** Asks a yes-or-no question. */
  readonly confirm: (question: string) => Promise<boolean>
}

/** Deploys the gateway: runs all checks, shows the plan, asks once, and runs the steps. Returns whether it is
 *  deployed. */
export const deploy = async (context: DeployContext): Promise<boolean> => {
  const { folder, variables, options, print, language } = context
  const messages = cloudMessages[language]
  const { cloud, steps } = await readOnly(() => prepare(context))
  if (options.dryRun) {
    print(`\n${messages.dryRun}`)
    return true
  }
  if (!options.yes && !(await context.confirm(`\n${messages.deployQuestion}`))) {
    print(messages.notDeployed)
    return false
  }
  print('')
  if (!(await runSteps(steps, print, language))) return false
  const { domain } = await getAccessDomain(cloud, variables)
  const url = `https://${domain}`
  print(`\n${messages.deployed(url)}\n\n  npm run chat -- --url=${url} "${messages.question}"\n\n${messages.curl}\n`)
  print(formatCurlLine(url, folder))
  if (options.webPath !== undefined) {
    const place = await findPage(cloud, { variables, webPath: options.webPath })
    if (place) print(`\n${messages.chatPage(place.site.url)}`)
  }
  return true
}

/** Runs everything before the first change, and shows the plan. */
const prepare = async (context: DeployContext): Promise<{ cloud: Cloud; steps: readonly Stage[] }> => {
  const { folder, variables, options, print, language } = context
  const modelKeys = readModelKeys(folder, variables)
  const settings = withModelKeys(readCloudbaserc(folder, variables), modelKeys, variables)
  const unlistedModels = findUnlistedModels(folder)
  const mapFaults = findMapFaults(folder, variables)
  const unread = findUnreadVariables(folder, modelKeys)
  runPreflight({ settings, functions, variables, modelKeys, unlistedModels, mapFaults, unread }, print, language)
  if (options.build) context.build()
  const selection = selectFunctions(functions, variables)
  const wanted = keepWanted(settings, selection)
  const packages = packFunctions(join(folder, 'dist', 'functions'), wanted, readDefinitionFiles(folder, variables))
  const cloud = await connect(variables)
  await checkEnvironment(cloud)
  const messages = cloudMessages[language]
  print(messages.environmentExists(cloud.envId, cloud.region))
  const steps = createDeploymentSteps(cloud, { ...context, functions: selection.wanted, settings: wanted, packages })
  await showPlan(steps, print, language)
  for (const { name, setting } of selection.leftOut) print(messages.leftOut(name, setting))
  return { cloud, steps }
}
