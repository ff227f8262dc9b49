import { GatewayError } from '../protocol/errors.ts'
import type { Request } from './request.ts'

/** The endpoints of each deployment, by method and path. Each route of `scripts/functions.ts` has a line here or below. */
export const endpoints = [
  'POST /v1/chat/completions',
  'POST /v1/completions',
  'GET /v1/models',
  'GET /v1/models/{id}',
  'GET /v1/usage',
  'GET /health',
  'POST /admin/reload',
] as const

/** The endpoints of functions that a deployment may leave out. */
export const optionalEndpoints = [
  'POST /v1/embeddings',
  'POST /v1/rerank',
  'POST /v1/moderations',
  'POST /v1/responses',
  'POST /v1/messages',
  'POST /v1/messages/count_tokens',
  'POST /v1/keys',
  'GET /v1/keys',
  'DELETE /v1/keys/{id}',
  'GET /v1/wallet',
  'GET /admin/wallet',
  'POST /admin/wallet/grant',
  'POST /admin/wallet/revoke',
  'POST /admin/wallet/alias',
] as const

/** Creates the error for a URL without an endpoint: a 404 that names the endpoints. It is bundled apart, because few
 *  requests need it. */
export const createUnknownUrlError = ({ method, path }: Pick<Request, 'method' | 'path'>): GatewayError =>
  new GatewayError(
    404,
    'unknown_url',
    `There is no such URL for ${method}. ${storedPath.test(path) ? notStored : ''}The endpoints of this gateway are ${endpoints.join(', ')}. ` +
      `It has the following only if its operator has switched them on: ${optionalEndpoints.join(', ')}.`,
  )

/** A response that OpenAI would store, or an operation on one. */
const storedPath = /\/responses\/./

const notStored = 'This gateway stores no responses: send the whole conversation to POST /v1/responses. '
