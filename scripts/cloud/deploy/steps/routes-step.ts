import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { poll } from '../../client/poll.ts'
import { retry } from '../../client/retry.ts'
import type { Step } from '../../prompt/step.ts'
import { type AccessDomain, findAccessDomain, getAccessDomain } from '../../routes/access-service.ts'
import { findRouteDifferences, type GatewayRoute } from '../../routes/gateway-routes.ts'
import { waitForRoutes } from '../../routes/wait-for-routes.ts'

/** The options of the step of routes. */
export interface RoutesStepOptions {
  readonly routes: readonly GatewayRoute[]
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
}

/** Creates the step that routes the paths of the gateway to its functions, and waits until the access service has
 *  distributed the routes. The CLI cannot do this: it creates routes for Event functions only. */
export const createRoutesStep = (cloud: Cloud, options: RoutesStepOptions): Step => ({
  name: 'routes',
  plan: async () => {
    const domain = await findAccessDomain(cloud, options.variables)
    return domain
      ? describe(compareRoutes(domain, options))
      : `create ${joinPaths(options.routes)}, once there is a domain`
  },
  run: async () => {
    const changes = compareRoutes(await waitForDomain(cloud, options), options)
    await send(cloud, changes)
    await waitForRoutes(cloud, options.variables, options.patienceMs)
    const done = describe(changes)
    return done ? `done (${done})` : 'up to date'
  },
})

/** Waits for the domain, which appears a moment after the access service has been switched on. */
const waitForDomain = async (cloud: Cloud, { variables, patienceMs }: RoutesStepOptions): Promise<AccessDomain> => {
  const find = () => findAccessDomain(cloud, variables)
  return (await poll(find, (domain) => domain !== undefined, { patienceMs })) ?? getAccessDomain(cloud, variables)
}

const compareRoutes = ({ domain, routes: deployed }: AccessDomain, options: RoutesStepOptions): RouteChanges => {
  const { routes, replaceRoutes } = options
  const pairs = routes.map((route) => ({ route, found: deployed.find(({ Path }) => Path === route.Path) }))
  const taken = pairs.filter(
    ({ route, found }) => found && found['UpstreamResourceName'] !== route.UpstreamResourceName,
  )
  if (taken.length > 0 && !replaceRoutes) {
    const list = taken
      .map(({ route, found }) => `${route.Path} to ${String(found?.['UpstreamResourceName'])}`)
      .join(', ')
    throw new DeploymentError(
      `Paths of the gateway lead elsewhere: ${list}. Remove these routes (console: HTTP Access Service > Routes), ` +
        'or deploy with --replace-routes.',
    )
  }
  return {
    domain,
    create: pairs.filter(({ found }) => !found).map(({ route }) => route),
    modify: pairs
      .map(({ route, found }) => ({ route, differences: found ? findRouteDifferences(route, found) : [] }))
      .filter(({ differences }) => differences.length > 0),
  }
}

const joinPaths = (routes: readonly GatewayRoute[]): string => routes.map(({ Path }) => Path).join(' ')

const describe = ({ domain, create, modify }: RouteChanges): string | undefined => {
  const modified = modify.map(({ route, differences }) => `${route.Path} (${differences.join(', ')})`).join(' ')
  const parts = [create.length > 0 ? `create ${joinPaths(create)}` : '', modified === '' ? '' : `modify ${modified}`]
  const text = parts.filter((part) => part !== '').join('; ')
  return text === '' ? undefined : `${text} on ${domain}`
}

const send = async ({ app, envId }: Cloud, { domain, create, modify }: RouteChanges): Promise<void> => {
  const body = (routes: readonly GatewayRoute[]) => ({ EnvId: envId, Domain: { Domain: domain, Routes: [...routes] } })
  if (create.length > 0) await retry(() => app.env.createHttpServiceRoute(body(create)))
  if (modify.length > 0) await retry(() => app.env.modifyHttpServiceRoute(body(modify.map(({ route }) => route))))
}
