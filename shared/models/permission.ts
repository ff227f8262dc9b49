import { GatewayError } from '../protocol/errors.ts'
import { modelList, modelObject } from '../protocol/model-list.ts'
import { remembered } from '../protocol/remembered.ts'
import type { Route } from '../protocol/route.ts'
import type { User } from '../protocol/user.ts'
import type { Snapshot } from './snapshot.ts'

/** The route, for a user who may use it: everyone where it names no groups, else its groups' members and the administrator.
 *  @throws permission_denied (403) */
export const permitted = (route: Route, user: User): Route => {
  if (mayUse(route, user)) return route
  const message = `The model '${route.model}' is not open to your account. GET /v1/models lists the ones you can use.`
  throw new GatewayError(403, 'permission_denied', message, { param: 'model' })
}

const mayUse = ({ allowedGroups }: Route, { kind, groups }: User): boolean =>
  allowedGroups === undefined ||
  kind === 'admin' ||
  kind === 'unauthenticated' ||
  groups.some((group) => allowedGroups.includes(group))

/** The body of `GET /v1/models` for a user: the snapshot's own where nothing is hidden; each other selection is serialised once. */
export const listBodyFor = (snapshot: Snapshot, user: User): Buffer => {
  const { restricted, bodies } = restrictionsOf(snapshot)
  const hidden = new Set(restricted.filter((route) => !mayUse(route, user)).map(({ model }) => model))
  if (hidden.size === 0) return snapshot.listBody
  const selection = [...hidden].join('\n')
  const body = bodies.get(selection) ?? serialised(snapshot, hidden)
  if (bodies.size < maxBodies) bodies.set(selection, body)
  return body
}

/** Selections kept serialised per snapshot. */
const maxBodies = 64

interface Restrictions {
  readonly restricted: readonly Route[]
  readonly bodies: Map<string, Buffer>
}

const restrictionsOf = remembered(
  ({ models, route }: Snapshot): Restrictions => ({
    restricted: models.map(route).filter(({ allowedGroups }) => allowedGroups !== undefined),
    bodies: new Map(),
  }),
)

const serialised = ({ models, route }: Snapshot, hidden: ReadonlySet<string>): Buffer => {
  const shown = models.filter((model) => !hidden.has(model)).map(route)
  return Buffer.from(JSON.stringify(modelList(shown.map(({ model, provider }) => modelObject(model, provider)))))
}
