import { setTimeout as wait } from 'node:timers/promises'
import { type AccessDomain, accessDomain } from '../cloud/access-service.ts'
import type { Cloud } from '../cloud/connect.ts'
import { DeploymentError } from '../cloud/deployment-error.ts'
import { type GatewayRoute, routeDifferences } from '../cloud/gateway-routes.ts'
import { patiently } from '../cloud/retry.ts'
import type { Step } from '../cloud/step.ts'
import type { Variables } from '../cloud/variables.ts'

export interface RoutesStepOptions {
  readonly routes: readonly GatewayRoute[]
  readonly variables: Variables
  /** Take over a path that leads to something else of the app's. */
  readonly replaceRoutes: boolean
  /** How long the access service may spread the routes, in milliseconds. */
  readonly patienceMs: number
}

const pollMs = 1_000

interface RouteChanges {
  readonly domain: string
  readonly create: readonly GatewayRoute[]
  readonly modify: readonly GatewayRoute[]
}

/** Leads the gateway's paths to its functions, and waits until the access service has spread them. The CLI cannot do this: it makes
 *  routes for Event functions only. */
export const routesStep = (cloud: Cloud, options: RoutesStepOptions): Step => {
  const changes = async (): Promise<RouteChanges> => compared(await accessDomain(cloud, options.variables), options)
  return {
    name: 'routes',
    plan: async () => describe(await changes()),
    run: async () => {
      const planned = await changes()
      await send(cloud, planned)
      await untilSpread(cloud, options)
      const done = describe(planned)
      return done ? `done (${done})` : 'up to date'
    },
  }
}

const compared = ({ domain, routes: deployed }: AccessDomain, options: RoutesStepOptions): RouteChanges => {
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
      .filter(({ route, found }) => found && routeDifferences(route, found).length > 0)
      .map(({ route }) => route),
  }
}

const describe = ({ domain, create, modify }: RouteChanges): string | undefined => {
  const list = (verb: string, routes: readonly GatewayRoute[]): string =>
    routes.length === 0 ? '' : `${verb} ${routes.map(({ Path }) => Path).join(' ')}`
  const text = [list('create', create), list('modify', modify)].filter((part) => part !== '').join('; ')
  return text === '' ? undefined : `${text} on ${domain}`
}

const send = async ({ app, envId }: Cloud, { domain, create, modify }: RouteChanges): Promise<void> => {
  const body = (routes: readonly GatewayRoute[]) => ({ EnvId: envId, Domain: { Domain: domain, Routes: [...routes] } })
  if (create.length > 0) await patiently(() => app.env.createHttpServiceRoute(body(create)))
  if (modify.length > 0) await patiently(() => app.env.modifyHttpServiceRoute(body(modify)))
}

const untilSpread = async (cloud: Cloud, { variables, patienceMs }: RoutesStepOptions): Promise<void> => {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const { status } = await accessDomain(cloud, variables)
    if (status === 'FAIL')
      throw new DeploymentError(
        'The access service could not set the routes. Look at them in the console (HTTP Access Service > Routes).',
      )
    if (status !== 'PROCESSING') return
    if (Date.now() > deadline) {
      const seconds = Math.round(patienceMs / 1000)
      throw new DeploymentError(
        `The routes are still PROCESSING after ${seconds} seconds. The cloud needs longer today: wait some minutes.`,
      )
    }
    await wait(pollMs)
  }
}
