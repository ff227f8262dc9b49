import { createAuthenticate } from '../auth/authenticate.ts'
import { endpoint } from '../http/endpoint.ts'
import { getPathRest } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { getListBody, requireAccess } from '../models/access.ts'
import { createRegistry } from '../models/registry.ts'
import { toModelObject } from '../protocol/model-object.ts'
import type { CoreConfig } from './config/config.ts'

const endpointPath = '/v1/models'

/** `GET /v1/models` and `GET /v1/models/{id}`: the models the caller can use. Ids may hold slashes, raw or encoded. */
export const listModels = (config: CoreConfig): Handler => {
  const models = createRegistry(config.models)
  const authenticate = createAuthenticate({ ...config.auth, meanwhile: models.current })
  const serves = (path: string): boolean => getPathRest(path, endpointPath) !== undefined

  return endpoint({ ...config.server, method: 'GET', serves }, async (request) => {
    const user = await authenticate(request.headers)
    request.timing.markAuthenticated(user.kind === 'admin')
    const snapshot = await models.current()
    const id = getPathRest(request.path, endpointPath)
    if (id) return jsonReply(toModelObject(id, requireAccess(snapshot.route(id), user).provider))
    return { status: 200, headers: { 'content-type': 'application/json' }, body: getListBody(snapshot, user) }
  })
}
