import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { retry } from '../../client/retry.ts'
import type { PageSite } from '../../hosting/page-site.ts'
import type { Step } from '../../prompt/step.ts'
import { type AccessDomain, findAccessDomain, getAccessDomain, readAccessDomains } from '../../routes/access-service.ts'
import { findRouteDifferences } from '../../routes/gateway-routes.ts'
import { findPage, type PageStepOptions } from './page-step.ts'

/** The route that leads to the static hosting (CloudBase documentation, "DescribeHTTPServiceRoute"). The whole path is that of the
 *  file. */
const createPageRoute = (webPath: string) =>
  ({
    Path: `/${webPath}`,
    UpstreamResourceType: 'STATIC_STORE',
    UpstreamResourceName: 'staticstore',
    EnableAuth: false,
    EnablePathTransmission: true,
    Enable: true,
  }) as const

/** Creates the step that puts the chat page below the app's own domain. Without one there is nothing to do. */
export const createPageRouteStep = (cloud: Cloud, { variables, webPath }: PageStepOptions): Step => {
  const route = createPageRoute(webPath)
  const compare = ({ domain, isDefault, routes }: AccessDomain) => {
    const found = routes.find(({ Path }) => Path === route.Path)
    if (!isDefault && found && found['UpstreamResourceType'] !== route.UpstreamResourceType)
      throw new DeploymentError(
        `The path ${route.Path} on ${domain} leads to ${String(found['UpstreamResourceName'])}. Choose another one with --web-path.`,
      )
    const differences = isDefault ? [] : found ? findRouteDifferences(route, found) : ['create']
    return { domain, found, differences }
  }
  const describe = ({ domain, differences }: ReturnType<typeof compare>): string | undefined =>
    differences.length === 0 ? undefined : `${route.Path} on ${domain}: ${differences.join(', ')}`
  return {
    name: 'route of the chat page',
    plan: async () => {
      const domain = findAccessDomain(await readAccessDomains(cloud), variables)
      return domain && describe(compare(domain))
    },
    run: async () => {
      const state = compare(await getAccessDomain(cloud, variables))
      const done = describe(state)
      if (done === undefined) return 'up to date'
      const body = { EnvId: cloud.envId, Domain: { Domain: state.domain, Routes: [route] } }
      await retry(() =>
        state.found ? cloud.app.env.modifyHttpServiceRoute(body) : cloud.app.env.createHttpServiceRoute(body),
      )
      return `done (${done})`
    },
  }
}

/** Creates the step that makes the domain of the page a safe domain (安全域名), so that the login service, and the access service if
 *  it handles CORS, reply to the page. */
export const createSafeDomainStep = (cloud: Cloud, options: PageStepOptions): Step => {
  const findMissing = async (): Promise<string | undefined> => {
    const place = await findPage(cloud, options)
    if (!place) return 'the domain of the chat page'
    return (await isSafe(cloud, place.site)) ? undefined : place.site.domain
  }
  return {
    name: 'safe domains',
    plan: async () => {
      const missing = await findMissing()
      return missing === undefined ? undefined : `add ${missing}`
    },
    run: async () => {
      const missing = await findMissing()
      if (missing === undefined) return 'up to date'
      // The function of manager-node also starts a change of the object store's CORS, and does not wait for it.
      const service = cloud.app.commonService('tcb', '2018-06-08')
      const Param = { EnvId: cloud.envId, Domains: [missing] }
      await retry(() => service.call({ Action: 'CreateAuthDomain', Param }))
      return `done (add ${missing})`
    },
  }
}

const isSafe = async ({ app }: Cloud, { domain }: PageSite): Promise<boolean> => {
  const { Domains = [] } = await retry(() => app.env.getEnvAuthDomains())
  return Domains.some(({ Domain }) => Domain === domain)
}
