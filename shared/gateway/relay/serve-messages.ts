import { endpoint } from '../../http/endpoint.ts'
import { matchesPath } from '../../http/path.ts'
import { readBody } from '../../http/read-body.ts'
import { type Handler, jsonReply } from '../../http/request.ts'
import { requireAccess } from '../../models/access.ts'
import { createRegistry } from '../../models/registry.ts'
import { parseCall } from '../../protocol/call.ts'
import type { ChatWire } from '../../protocol/chat-wire.ts'
import { estimatePromptTokens } from '../../usage/cost/prompt-tokens.ts'
import { createAuthenticateCaller } from '../authenticate-caller.ts'
import { createAcquire } from '../call/admit.ts'
import type { Config } from '../config/config.ts'

/** `POST /v1/messages` and `POST /v1/messages/count_tokens`: Anthropic's wire. Its clients read the id of a request from
 *  the header `request-id`. */
export const serveMessages = (config: Config, wire: ChatWire, relayMessages: Handler): Handler => {
  const countTokens = createCountTokens(config, wire)
  return async (request) => {
    const handler = /(^|\/)count_tokens\/*$/.test(request.path) ? countTokens : relayMessages
    const reply = await handler(request)
    return { ...reply, headers: { ...reply.headers, 'request-id': request.id } }
  }
}

const countPath = '/v1/messages/count_tokens'

/** Estimates the prompt of a request. Nothing is paid and recorded, but the limits of users hold. */
const createCountTokens = (config: Config, { toErrorBody, toChatBody }: ChatWire): Handler => {
  const models = createRegistry(config.models)
  const authenticate = createAuthenticateCaller(config, { endpoint: 'messages', models })
  const acquire = createAcquire(config)
  const serves = (path: string): boolean => matchesPath(path, countPath)

  return endpoint({ ...config.server, method: 'POST', serves, toErrorBody }, async (request) => {
    const user = await authenticate(request)
    const call = parseCall('messages', await readBody(request.message, config.server.maxBodyBytes))
    requireAccess((await models.current()).route(call.model), user)
    const release = await acquire?.({ user, weight: 1, requestId: request.id })
    try {
      return jsonReply({ input_tokens: estimatePromptTokens(toChatBody(call)) })
    } finally {
      await release?.()
    }
  })
}
