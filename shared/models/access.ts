import { GatewayError } from '../protocol/errors.ts'
import { toModelList, toModelObject } from '../protocol/model-object.ts'
import type { Route } from '../protocol/route.ts'
import type { User } from '../protocol/user.ts'
import { memoizeWeak } from '../runtime/memoize.ts'
import type { Snapshot } from './snapshot.ts'

/** Returns the route if the user may use it. A route without groups is open to all users; a route with groups is open
 *  to their members and the administrator. A key may be bound to some models.
 *  @throws permission_denied (403) */
export const requireAccess = (route: Route, user: User): Route => {
  if (hasAccess(route, user)) return route
  const message = `The model '${route.model}' is not open to you. GET /v1/models lists the ones you can use.`
  throw new GatewayError(403, 'permission_denied', message, { param: 'model' })
}

const hasAccess = ({ model, allowedGroups }: Route, { kind, groups, key }: User): boolean =>
  key?.models?.includes(model) !== false &&
  (allowedGroups === undefined ||
    kind === 'admin' ||
    kind === 'unauthenticated' ||
    groups.some((group) => allowedGroups.includes(group)))

/** Returns the body of `GET /v1/models` for a user. Users with the same selection of models share one body: it is
 *  serialized once per snapshot, for the first of them. */
export const getListBody = (snapshot: Snapshot, user: User): Buffer => {
  const doubtful = user.key?.models ? snapshot.models : snapshot.restricted
  const closed = doubtful.filter((model) => !hasAccess(snapshot.route(model), user))
  const hidden = new Set([...snapshot.unlisted, ...closed])
  const selection = [...hidden].join('\n')
  const bodies = listBodies(snapshot)
  const body = bodies.get(selection) ?? serializeList(hidden, snapshot)
  if (hidden.size === snapshot.unlisted.length || bodies.size < maxBodies) bodies.set(selection, body)
  return body
}

/** The most bodies kept per snapshot, besides that of the whole list. */
const maxBodies = 64

const listBodies = memoizeWeak((_: Snapshot) => new Map<string, Buffer>())

const serializeList = (hidden: ReadonlySet<string>, { models, getProvider }: Snapshot): Buffer => {
  const shown = models.filter((model) => !hidden.has(model))
  return Buffer.from(JSON.stringify(toModelList(shown.map((model) => toModelObject(model, getProvider(model))))))
}
