import type { Action, ActionBody } from './action.ts'
import { CloudError } from './cloud-error.ts'
import type { CloudState, StoredRoute } from './cloud-state.ts'

interface DomainRoutes {
  readonly Domain?: string
  readonly Routes?: readonly StoredRoute[]
}

const readRoutes = (body: ActionBody): DomainRoutes => body['Domain'] ?? {}

/** The routes of a domain; of the default one, if no other has the name. */
const findRoutes = (state: CloudState, domain: unknown): Map<string, StoredRoute> =>
  state.otherDomains.get(String(domain)) ?? state.routes

const storeRoutes = (state: CloudState, body: ActionBody): object => {
  const { Domain, Routes = [] } = readRoutes(body)
  const stored = findRoutes(state, Domain)
  for (const route of Routes) stored.set(route.Path, { ...stored.get(route.Path), ...route })
  return {}
}

/** The HTTP access service (service `tcb`). */
export const accessActions: Readonly<Record<string, Action>> = {
  DescribeHTTPServiceRoute: (state) => {
    const status = state.processing > 0 ? 'PROCESSING' : 'SUCCESS'
    state.processing = Math.max(0, state.processing - 1)
    if (!state.accessOn) return { Domains: [], OriginDomain: '', TotalCount: 0 }
    const describe = (Domain: string, routes: Map<string, StoredRoute>) => ({
      ...{
        Domain,
        DomainType: 'HTTPSERVICE',
        IsDefault: Domain === state.domain && !state.hasOwnDomain,
        Enable: true,
        Status: status,
      },
      Routes: [...routes.values()],
    })
    const Domains = [...state.otherDomains, [state.domain, state.routes] as const].map((pair) => describe(...pair))
    const hosting = { ...describe(state.storeHost, new Map()), DomainType: 'STATIC_STORE', IsDefault: true }
    const all = state.hosting.isOpen ? [...Domains, hosting] : Domains
    return { Domains: all, OriginDomain: state.domain, TotalCount: all.length }
  },
  CreateHTTPServiceRoute: (state, body) => {
    const { Domain, Routes = [] } = readRoutes(body)
    const existing = Routes.find(({ Path }) => findRoutes(state, Domain).has(Path))
    if (existing) throw new CloudError('ResourceInUse.Route', `route ${existing.Path} already exists`)
    return storeRoutes(state, body)
  },
  ModifyHTTPServiceRoute: storeRoutes,
  DeleteHTTPServiceRoute: (state, { Domain, Paths = [] }) => {
    for (const path of Paths as readonly string[]) findRoutes(state, Domain).delete(path)
    return {}
  },
  DescribeCloudBaseGWService: ({ accessOn, domain }) => ({ EnableService: accessOn, DefaultDomain: domain }),
  ModifyCloudBaseGWPrivilege: (state, { EnableService }) => {
    state.accessOn = EnableService === true
    return {}
  },
  DescribeCloudBaseGWAPI: () => ({ APISet: [] }),
}
