import { UpstreamError } from './upstream-error.ts'

/** The name under which the embedded model is served. */
const MODEL_NAME = 'tiny'

/** `created`, in seconds of Unix time, never changes, as the model file does not. */
const TINY = { id: MODEL_NAME, object: 'model', created: 1_760_000_000, owned_by: 'cloudbase-llm-gateway' }

/** The reply to `GET /v1/models` (OpenAI API reference, "List models"). */
export const listModels = (): object => ({ object: 'list', data: [TINY] })

/** The reply to `GET /v1/models/{name}`.
 *  @throws UpstreamError 404 `model_not_found` for any name but `tiny`. */
export const findModel = (name: string): object => {
  if (name === MODEL_NAME) return TINY
  throw new UpstreamError(
    404,
    'model_not_found',
    `The model '${name}' does not exist. This server has one model: '${MODEL_NAME}'.`,
    'model',
  )
}
