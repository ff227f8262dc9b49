import type { Variables } from '../../variables/read-variables.ts'
import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { retry } from '../client/retry.ts'

/** A domain of the HTTP access service, with its routes. */
export interface AccessDomain {
  readonly domain: string
  /** `PROCESSING` while the service distributes its routes, then `SUCCESS` or `FAIL`. */
  readonly status: string
  readonly routes: readonly Readonly<Record<string, unknown>>[]
}

/** Whether the HTTP access service of the environment is switched on. */
export const isAccessOn = async ({ app }: Cloud): Promise<boolean> => {
  const service = (await retry(() => app.access.getDomainList())) as { EnableService?: boolean }
  return service.EnableService !== false
}

/** Reads the domain of the gateway: `GATEWAY_DOMAIN`, or the default one of the environment.
 *  @throws DeploymentError if there is none */
export const getAccessDomain = async (cloud: Cloud, variables: Variables): Promise<AccessDomain> => {
  const found = await findAccessDomain(cloud, variables)
  if (!found) throw new DeploymentError(noDomain)
  return found
}

/** Like {@link getAccessDomain}, but returns undefined if the environment has no domain, such as before its access
 *  service is on.
 *  @throws DeploymentError if the domain of `GATEWAY_DOMAIN` is not bound */
export const findAccessDomain = async (
  { app, envId }: Cloud,
  variables: Variables,
): Promise<AccessDomain | undefined> => {
  const wanted = variables['GATEWAY_DOMAIN']
  const { Domains = [] } = await retry(() => app.env.describeHttpServiceRoute({ EnvId: envId, Limit: 1000 }))
  const own = Domains.filter(({ DomainType }) => DomainType === 'HTTPSERVICE')
  const found = wanted
    ? own.find(({ Domain }) => Domain === wanted)
    : (own.find(({ IsDefault }) => IsDefault) ?? own[0])
  if (!found && wanted) throw new DeploymentError(unknownDomain(wanted))
  if (!found) return undefined
  const routes = (found.Routes ?? []).map((route) => ({ ...route }))
  return { domain: found.Domain, status: found.Status, routes }
}

const noDomain =
  'The environment has no domain for HTTP access. Open the HTTP access service (console: HTTP Access Service) once.'

const unknownDomain = (domain: string): string =>
  `The domain ${domain} of GATEWAY_DOMAIN is not bound. Bind it first (console: HTTP Access Service > Domains), or unset GATEWAY_DOMAIN.`
