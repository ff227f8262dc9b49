import { authentication } from '../auth/authenticate.ts'
import { endpoint } from '../http/endpoint.ts'
import { pathRest } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { listBodyFor, permitted } from '../models/access.ts'
import { modelRegistry } from '../models/registry.ts'
import { modelObject } from '../protocol/model-object.ts'
import type { CoreConfig } from './config/config.ts'

const endpointPath = '/v1/models'

/** `GET /v1/models` and `GET /v1/models/{id}`: the models the caller can use. Ids may hold slashes, raw or encoded. */
export const listModels = (config: CoreConfig): Handler => {
  const models = modelRegistry(config.models)
  const authenticate = authentication({ ...config.auth, meanwhile: models.current })
  const serves = (path: string): boolean => pathRest(path, endpointPath) !== undefined

  return endpoint({ ...config.edge, method: 'GET', serves }, async (request) => {
    const user = await authenticate(request.headers)
    request.timing.authenticated(user.kind === 'admin')
    const snapshot = await models.current()
    const id = pathRest(request.path, endpointPath)
    if (id) return jsonReply(modelObject(id, permitted(snapshot.route(id), user).provider))
    return { status: 200, headers: { 'content-type': 'application/json' }, body: listBodyFor(snapshot, user) }
  })
}
