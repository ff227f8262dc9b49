import { endpoint } from '../http/endpoint.ts'
import { getPathRest } from '../http/path.ts'
import type { Handler } from '../http/request.ts'
import { getListBody, requireAccess } from '../models/access.ts'
import { createRegistry } from '../models/registry.ts'
import { toModelObject } from '../protocol/model-object.ts'
import { createAuthenticateCaller } from './authenticate-caller.ts'
import type { CoreConfig } from './config/config.ts'

const endpointPath = '/v1/models'

/** `GET /v1/models` and `GET /v1/models/{id}`: the models that the caller may use. Ids may contain slashes, raw or
 *  encoded. Clients of Anthropic's API, which send its version, get its fields too. */
export const listModels = (config: CoreConfig): Handler => {
  const models = createRegistry(config.models)
  const authenticate = createAuthenticateCaller(config, { models })
  const serves = (path: string): boolean => getPathRest(path, endpointPath) !== undefined

  return endpoint({ ...config.server, method: 'GET', serves }, async (request) => {
    const user = await authenticate(request)
    const snapshot = await models.current()
    const id = getPathRest(request.path, endpointPath)
    const body = id
      ? JSON.stringify(toModelObject(requireAccess(snapshot.route(id), user).model, snapshot.getProvider(id)))
      : getListBody(snapshot, user)
    const isForAnthropic = request.headers['anthropic-version'] !== undefined
    const shown = isForAnthropic ? (await import('./anthropic-models.ts')).addAnthropicFields(body) : body
    return { status: 200, headers: { 'content-type': 'application/json' }, body: shown }
  })
}
