import { createAuthenticate } from '../auth/authenticate.ts'
import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { readBody } from '../http/read-body.ts'
import type { Handler, Reply, Request } from '../http/request.ts'
import type { Timing } from '../http/timing.ts'
import { requireAccess } from '../models/access.ts'
import { createRegistry } from '../models/registry.ts'
import { parseCall } from '../protocol/call.ts'
import { countChoices } from '../protocol/call-caps.ts'
import { toOpenAIError } from '../protocol/errors.ts'
import { type OperationName, operations } from '../protocol/operations.ts'
import { formatSseEvent, sseDone } from '../protocol/sse.ts'
import { createProvider, type StreamedResponse, type WholeResponse } from '../providers/provider.ts'
import type { Redactor } from '../runtime/redactor.ts'
import type { Config } from './config/config.ts'
import { type Metering, meterCall } from './metering.ts'
import { pseudonymizeUser } from './pseudonymize.ts'
import { createLedger, createLimiter, releaseAtEnd } from './stores.ts'

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** The gateway's one pipeline: token → user → body → route → reserve → provider → stream → usage → record. */
export const relay = (operation: OperationName, config: Config): Handler => {
  const models = createRegistry(config.models)
  const authenticate = createAuthenticate({ ...config.auth, meanwhile: models.current })
  const callProvider = createProvider(config.timeouts, config.network)
  const ledger = createLedger(config.usage, config.server.log)
  const limiter = createLimiter(config, config.server.log)

  const serves = (path: string): boolean => operations[operation].paths.some((pattern) => matchesPath(path, pattern))

  return endpoint({ ...config.server, method: 'POST', serves }, async (request) => {
    const { timing } = request
    const user = await authenticate(request.headers)
    timing.markAuthenticated(user.kind === 'admin')
    const body = await readBody(request.message, config.server.maxBodyBytes)
    timing.mark('body_ms')
    const call = pseudonymizeUser(parseCall(operation, body), user, config.hashUser)
    const answers = countChoices(call, config.limits)
    const route = requireAccess((await models.current()).route(call.model), user)
    const release = limiter && (await limiter.acquire({ user, weight: answers, requestId: request.id }))
    timing.mark('route_ms')
    const metering = releaseAtEnd(meterCall({ request, user, call, route, ledger }), release)
    const { signal, onText } = metering
    const keepAliveMs = acceptsKeepAlive(request.headers) ? config.keepAliveMs : 0
    const answer = await metering.begin(callProvider(route, call, { signal, onText, keepAliveMs }))
    timing.mark('first_byte_ms')
    if (answer.kind === 'whole') return createWholeReply(answer, metering, timing)
    return createStreamReply(answer, { metering, timing, redactor: config.server.redactor })
  })
}

/** Whether a client takes keep-alive comments; one that cannot says `x-stream-keepalive: off`. */
const acceptsKeepAlive = ({ 'x-stream-keepalive': wish }: Request['headers']): boolean =>
  typeof wish !== 'string' || wish.toLowerCase() !== 'off'

const createWholeReply = async ({ body, usage }: WholeResponse, metering: Metering, timing: Timing): Promise<Reply> => {
  await metering.settle('complete', usage)
  timing.mark('record_ms')
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}

interface StreamReplyOptions {
  readonly metering: Metering
  readonly timing: Timing
  readonly redactor: Redactor
}

/** The record is settled before the client sees the end of its answer, because the instance may stop right then. */
const createStreamReply = (
  { pipeTo: pour }: StreamedResponse,
  { metering, timing, redactor }: StreamReplyOptions,
): Reply => ({
  status: 200,
  headers: streamHeaders,
  body: async (response) => {
    const end = await pour(response)
    timing.mark('stream_ms')
    const usage = await metering.settle(end.outcome, end.usage)
    timing.mark('record_ms')
    response.end(
      end.error ? formatSseEvent({ error: toOpenAIError(end.error, redactor) }) : end.usageChunk(usage) + sseDone,
    )
  },
})
