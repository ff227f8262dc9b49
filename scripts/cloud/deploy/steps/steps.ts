import { functions } from '../../../functions.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import type { FunctionPackage } from '../../functions/function-package.ts'
import type { Step } from '../../prompt/step.ts'
import { gatewayRoutes } from '../../routes/gateway-routes.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'
import { usesMysql } from '../../settings/uses-mysql.ts'
import { gatewayCollections } from '../../sql/collections.ts'
import { closedTables, readSqlFiles } from '../../sql/sql-files.ts'
import { accessStep } from './access-step.ts'
import { collectionStep } from './collection-step.ts'
import { functionStep } from './function-step.ts'
import { routesStep } from './routes-step.ts'
import { rulesStep } from './rules-step.ts'
import { smokeStep } from './smoke-step.ts'
import { sqlStep, tableRuleStep } from './sql-step.ts'
import { timerStep } from './timer-step.ts'

export interface Deployment {
  readonly variables: Variables
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
  /** How long to wait for a busy function, for routes, and for the first correct reply, each, in milliseconds. */
  readonly patienceMs: number
}

/** The whole deployment: stores first, then the functions that use them, then what lets callers in, and at last a call. */
export const deploymentSteps = (cloud: Cloud, deployment: Deployment): Step[] => {
  const { variables, settings, packages, version, options } = deployment
  const hasTables = usesMysql(variables)
  const files = hasTables ? readSqlFiles(variables) : []
  const closed = hasTables ? closedTables(files, variables) : []
  const eventFunctions = settings.filter(({ type }) => type === 'Event')
  return [
    ...gatewayCollections(variables).map((collection) => collectionStep(cloud, collection)),
    ...files.map((file) => sqlStep(cloud, file, variables)),
    ...closed.map((table) => tableRuleStep(cloud, table, variables)),
    ...settings.map((row) => {
      return functionStep(cloud, { ...options, settings: row, package: packageOf(packages, row.name), version })
    }),
    rulesStep(
      cloud,
      eventFunctions.map(({ name }) => name),
    ),
    ...eventFunctions.map((row) => timerStep(cloud, row)),
    accessStep(cloud),
    routesStep(cloud, { ...options, routes: gatewayRoutes(functions, variables), variables }),
    smokeStep(cloud, variables, options.patienceMs),
  ]
}

const packageOf = (packages: Deployment['packages'], name: string): FunctionPackage => {
  const found = packages.get(name)
  if (!found) throw new TypeError(`${name} has not been packed.`)
  return found
}
