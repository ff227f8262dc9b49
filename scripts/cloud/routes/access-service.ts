import type { Variables } from '../../variables/read-variables.ts'
import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { retry } from '../client/retry.ts'
import type { DeployedRoute } from './gateway-routes.ts'

/** A domain of the HTTP access service, with its routes. */
export interface AccessDomain {
  readonly domain: string
  /** Whether it belongs to the HTTP access service. The others serve static files. */
  readonly isForAccess: boolean
  /** Whether the platform has given it. */
  readonly isDefault: boolean
  /** `PROCESSING` while the service distributes its routes, then `SUCCESS` or `FAIL`. */
  readonly status: string
  readonly routes: readonly DeployedRoute[]
}

/** Whether the HTTP access service of the environment is switched on. */
export const isAccessOn = async ({ app }: Cloud): Promise<boolean> => {
  const service = (await retry(() => app.access.getDomainList())) as { EnableService?: boolean }
  return service.EnableService !== false
}

/** Reads every domain of the environment. */
export const readAccessDomains = async ({ app, envId }: Cloud): Promise<AccessDomain[]> => {
  const { Domains = [] } = await retry(() => app.env.describeHttpServiceRoute({ EnvId: envId, Limit: 1000 }))
  return Domains.map(({ Domain, DomainType, IsDefault, Status, Routes }) => ({
    domain: Domain,
    isForAccess: DomainType === 'HTTPSERVICE',
    isDefault: IsDefault === true,
    status: Status,
    routes: (Routes ?? []).map((route) => ({ ...route })),
  }))
}

/** Reads the domain of the gateway: `GATEWAY_DOMAIN`, or the default one of the environment.
 *  @throws DeploymentError if there is none */
export const getAccessDomain = async (cloud: Cloud, variables: Variables): Promise<AccessDomain> => {
  const found = findAccessDomain(await readAccessDomains(cloud), variables)
  if (!found) throw new DeploymentError(noDomain)
  return found
}

/** Like {@link getAccessDomain}, but returns undefined if the environment has no domain, such as before its access
 *  service is on.
 *  @throws DeploymentError if the domain of `GATEWAY_DOMAIN` is not bound */
export const findAccessDomain = (domains: readonly AccessDomain[], variables: Variables): AccessDomain | undefined => {
  const wanted = variables['GATEWAY_DOMAIN']
  const own = domains.filter(({ isForAccess }) => isForAccess)
  if (!wanted) return own.find(({ isDefault }) => isDefault) ?? own[0]
  const found = own.find(({ domain }) => domain === wanted)
  if (!found) throw new DeploymentError(unknownDomain(wanted))
  return found
}

/** The paths of one domain. */
export interface DomainPaths {
  readonly domain: string
  readonly paths: readonly string[]
}

/** Finds the paths that lead to functions of these names, on every domain that has some. */
export const findPathsTo = (names: readonly string[], domains: readonly AccessDomain[]): DomainPaths[] =>
  domains
    .map(({ domain, routes }) => {
      const own = routes.filter(({ UpstreamResourceName }) => names.includes(String(UpstreamResourceName)))
      return { domain, paths: own.map(({ Path }) => String(Path)) }
    })
    .filter(({ paths }) => paths.length > 0)

const noDomain =
  'The environment has no domain for HTTP access. Open the HTTP access service (console: HTTP Access Service) once.'

const unknownDomain = (domain: string): string =>
  `The domain ${domain} of GATEWAY_DOMAIN is not bound. Bind it first (console: HTTP Access Service > Domains), or unset GATEWAY_DOMAIN.`
