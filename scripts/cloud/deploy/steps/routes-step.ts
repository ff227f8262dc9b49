import type { CloudFunction } from '../../../functions.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { poll, type WaitOptions } from '../../client/poll.ts'
import { retry } from '../../client/retry.ts'
import type { Step } from '../../prompt/step.ts'
import {
  type AccessDomain,
  findAccessDomain,
  findPathsTo,
  getAccessDomain,
  readAccessDomains,
} from '../../routes/access-service.ts'
import {
  createGatewayRoutes,
  type DeployedRoute,
  findKeptRoutes,
  findRouteDifferences,
  type GatewayRoute,
} from '../../routes/gateway-routes.ts'
import { waitForRoutes } from '../../routes/wait-for-routes.ts'

/** The options of the step of routes. */
export interface RoutesStepOptions {
  readonly functions: readonly CloudFunction[]
  readonly variables: Variables
  /** Take over a path that leads to another function of the app. */
  readonly replaceRoutes: boolean
  /** Longest wait for the access service to distribute the routes, in milliseconds. */
  readonly patienceMs: number
}

interface RouteChange {
  readonly route: GatewayRoute
  /** The modified properties, such as `EnableAuth=false`. */
  readonly differences: readonly string[]
}

interface RouteChanges {
  readonly domain: string
  readonly create: readonly GatewayRoute[]
  readonly modify: readonly RouteChange[]
  /** What stays as it is, although an operator may expect a change. */
  readonly notes: readonly string[]
}

/** Creates the step that routes the paths of the gateway to its functions, and waits until the access service has
 *  distributed the routes. The CLI cannot do this: it creates routes for Event functions only. */
export const createRoutesStep = (cloud: Cloud, options: RoutesStepOptions): Step => ({
  name: 'routes',
  plan: async () => {
    const domains = await readAccessDomains(cloud)
    const domain = findAccessDomain(domains, options.variables)
    if (domain) return describe(compareRoutes(domain, domains, options))
    return `create ${joinPaths(createGatewayRoutes(options.functions, options.variables, []))}, once there is a domain`
  },
  run: async (note) => {
    const wait = { patienceMs: options.patienceMs, note }
    const domain = await waitForDomain(cloud, options, wait)
    const changes = compareRoutes(domain, await readAccessDomains(cloud), options)
    await send(cloud, changes)
    await waitForRoutes(cloud, options.variables, wait)
    const isChanged = changes.create.length + changes.modify.length > 0
    return isChanged ? `done (${describe(changes)})` : 'up to date'
  },
})

/** Waits for the domain, which appears a moment after the access service has been switched on. */
const waitForDomain = async (
  cloud: Cloud,
  { variables }: RoutesStepOptions,
  { patienceMs, note }: WaitOptions,
): Promise<AccessDomain> => {
  const find = async () => findAccessDomain(await readAccessDomains(cloud), variables)
  const noteDomain = (_: unknown, seconds: number) =>
    note?.(`waiting for the domain of the access service (${seconds} s)`)
  const found = await poll(find, (domain) => domain !== undefined, { patienceMs, note: noteDomain })
  return found ?? getAccessDomain(cloud, variables)
}

const compareRoutes = (
  { domain, routes: deployed }: AccessDomain,
  domains: readonly AccessDomain[],
  { functions, variables, replaceRoutes }: RoutesStepOptions,
): RouteChanges => {
  const routes = createGatewayRoutes(functions, variables, deployed)
  const pairs = routes.map((route) => ({ route, found: deployed.find(({ Path }) => Path === route.Path) }))
  if (!replaceRoutes) rejectTakenPaths(pairs)
  const names = functions.map(({ name }) => name)
  return {
    domain,
    create: pairs.filter(({ found }) => !found).map(({ route }) => route),
    modify: pairs
      .map(({ route, found }) => ({ route, differences: found ? findRouteDifferences(route, found) : [] }))
      .filter(({ differences }) => differences.length > 0),
    notes: [
      ...findKeptRoutes(functions, deployed).map(describeKeptRoute),
      ...findPathsTo(names, domains)
        .filter((other) => other.domain !== domain)
        .map((other) => `the ${other.paths.length} routes on ${other.domain} stay until npm run undeploy`),
    ],
  }
}

interface RoutePair {
  readonly route: GatewayRoute
  readonly found: DeployedRoute | undefined
}

const rejectTakenPaths = (pairs: readonly RoutePair[]): void => {
  const taken = pairs.filter(
    ({ route, found }) => found && found['UpstreamResourceName'] !== route.UpstreamResourceName,
  )
  if (taken.length === 0) return
  const list = taken.map(({ route, found }) => `${route.Path} to ${String(found?.['UpstreamResourceName'])}`)
  throw new DeploymentError(
    `Paths of the gateway lead elsewhere: ${list.join(', ')}. Remove these routes (console: HTTP Access Service > Routes), ` +
      'or deploy with --replace-routes.',
  )
}

const describeKeptRoute = ({ Path, UpstreamResourceName }: DeployedRoute): string =>
  `${String(Path)} stays with ${String(UpstreamResourceName)}, which replies to unknown paths`

const joinPaths = (routes: readonly GatewayRoute[]): string => routes.map(({ Path }) => Path).join(' ')

const describe = ({ domain, create, modify, notes }: RouteChanges): string | undefined => {
  const modified = modify.map(({ route, differences }) => `${route.Path} (${differences.join(', ')})`).join(' ')
  const parts = [create.length > 0 ? `create ${joinPaths(create)}` : '', modified === '' ? '' : `modify ${modified}`]
  const text = parts.filter((part) => part !== '').join('; ')
  const sentences = [text === '' ? '' : `${text} on ${domain}`, ...notes].filter((sentence) => sentence !== '')
  return sentences.length === 0 ? undefined : sentences.join('; ')
}

const send = async ({ app, envId }: Cloud, { domain, create, modify }: RouteChanges): Promise<void> => {
  const body = (routes: readonly GatewayRoute[]) => ({ EnvId: envId, Domain: { Domain: domain, Routes: [...routes] } })
  if (create.length > 0) await retry(() => app.env.createHttpServiceRoute(body(create)))
  if (modify.length > 0) await retry(() => app.env.modifyHttpServiceRoute(body(modify.map(({ route }) => route))))
}
