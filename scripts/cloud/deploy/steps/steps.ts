import { type CloudFunction, getClientAccess } from '../../../functions.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import type { FunctionPackage } from '../../functions/function-package.ts'
import type { Stage } from '../../prompt/step.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'
import { usesMysql } from '../../settings/uses-mysql.ts'
import { getGatewayCollections } from '../../sql/collections.ts'
import { readPostgresFiles } from '../../sql/postgres-files.ts'
import { getClosedTables, readSqlFiles } from '../../sql/sql-files.ts'
import { createAccessStep } from './access-step.ts'
import { createCollectionStep } from './collection-step.ts'
import { createFunctionStep } from './function-step.ts'
import { createHostingStep } from './hosting-step.ts'
import { createPageRouteStep, createSafeDomainStep } from './page-access-steps.ts'
import { createPageStep } from './page-step.ts'
import { createPostgresStep } from './postgres-step.ts'
import { createRoutesStep } from './routes-step.ts'
import { createRulesStep } from './rules-step.ts'
import { createSmokeStep } from './smoke-step.ts'
import { createSqlStep, createTableRuleStep } from './sql-step.ts'
import { createTimerStep } from './timer-step.ts'

/** A deployment, before its steps. */
export interface Deployment {
  /** The folder of the gateway. */
  readonly folder: string
  readonly variables: Variables
  /** The functions to deploy, and their settings. */
  readonly functions: readonly CloudFunction[]
  readonly settings: readonly FunctionSettings[]
  readonly packages: ReadonlyMap<string, FunctionPackage>
  readonly version: string
  readonly options: StepOptions
}

/** The options of the command line that the steps read. */
export interface StepOptions {
  /** Take over paths that lead to something else. */
  readonly replaceRoutes: boolean
  /** Take over functions that have a name of ours and are not the gateway's. */
  readonly replaceFunctions: boolean
  /** The folder of the chat page in the static hosting. Undefined: the page is not deployed. */
  readonly webPath: string | undefined
  /** How long to wait for a busy function, for routes, and for the first correct reply, each, in milliseconds. */
  readonly patienceMs: number
}

/** Creates the stages of a deployment: stores, then the functions that use them, then access for callers, and a call
 *  at the end. Statements of `.sql` files depend on each other. */
export const createDeploymentSteps = (cloud: Cloud, deployment: Deployment): Stage[] => {
  const { variables, functions, settings, packages, version, options } = deployment
  const hasTables = usesMysql(variables)
  const files = hasTables ? readSqlFiles(variables) : []
  const closed = hasTables ? getClosedTables(files, variables) : []
  return [
    getGatewayCollections(variables).map((collection) => createCollectionStep(cloud, collection)),
    ...files.map((file) => [createSqlStep(cloud, file, variables)]),
    ...readPostgresFiles(variables).map((file) => [createPostgresStep(cloud, file, variables)]),
    closed.map((table) => createTableRuleStep(cloud, table, variables)),
    settings.map((row) => {
      return createFunctionStep(cloud, { ...options, settings: row, package: getPackage(packages, row.name), version })
    }),
    [createRulesStep(cloud, getClientAccess(functions))],
    settings.filter(({ triggers }) => triggers !== undefined).map((row) => createTimerStep(cloud, row)),
    [createAccessStep(cloud)],
    [createRoutesStep(cloud, { ...options, functions, variables })],
    ...createPageStages(cloud, deployment),
    [createSmokeStep(cloud, variables, options.patienceMs)],
  ]
}

const createPageStages = (cloud: Cloud, { folder, variables, options }: Deployment): Stage[] => {
  const { webPath, patienceMs } = options
  if (webPath === undefined) return []
  const page = { folder, variables, webPath }
  return [
    [createHostingStep(cloud, patienceMs)],
    [createPageStep(cloud, page), createPageRouteStep(cloud, page), createSafeDomainStep(cloud, page)],
  ]
}

const getPackage = (packages: Deployment['packages'], name: string): FunctionPackage => {
  const found = packages.get(name)
  if (!found) throw new TypeError(`${name} has not been packed.`)
  return found
}
