import type { Action, ActionBody } from './action.ts'
import { CloudError } from './cloud-error.ts'
import type { CloudState, StoredRoute } from './cloud-state.ts'

const getRoutes = (body: ActionBody): readonly StoredRoute[] =>
  ((body['Domain'] ?? {}) as { Routes?: readonly StoredRoute[] }).Routes ?? []

const storeRoutes = (state: CloudState, routes: readonly StoredRoute[]): object => {
  for (const route of routes) state.routes.set(route.Path, { ...state.routes.get(route.Path), ...route })
  return {}
}

/** The HTTP access service (service `tcb`). */
export const accessActions: Readonly<Record<string, Action>> = {
  DescribeHTTPServiceRoute: (state) => {
    const status = state.processing > 0 ? 'PROCESSING' : 'SUCCESS'
    state.processing = Math.max(0, state.processing - 1)
    if (!state.accessOn) return { Domains: [], OriginDomain: '', TotalCount: 0 }
    const domain = { Domain: state.domain, DomainType: 'HTTPSERVICE', IsDefault: true, Enable: true, Status: status }
    return { Domains: [{ ...domain, Routes: [...state.routes.values()] }], OriginDomain: state.domain, TotalCount: 1 }
  },
  CreateHTTPServiceRoute: (state, body) => {
    const existing = getRoutes(body).find(({ Path }) => state.routes.has(Path))
    if (existing) throw new CloudError('ResourceInUse.Route', `route ${existing.Path} already exists`)
    return storeRoutes(state, getRoutes(body))
  },
  ModifyHTTPServiceRoute: (state, body) => storeRoutes(state, getRoutes(body)),
  DeleteHTTPServiceRoute: (state, { Paths = [] }) => {
    for (const path of Paths as readonly string[]) state.routes.delete(path)
    return {}
  },
  DescribeCloudBaseGWService: ({ accessOn, domain }) => ({ EnableService: accessOn, DefaultDomain: domain }),
  ModifyCloudBaseGWPrivilege: (state, { EnableService }) => {
    state.accessOn = EnableService === true
    return {}
  },
  DescribeCloudBaseGWAPI: () => ({ APISet: [] }),
}
