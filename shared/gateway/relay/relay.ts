import { endpoint, type ToErrorBody } from '../../http/endpoint.ts'
import { matchesPath } from '../../http/path.ts'
import { readBody } from '../../http/read-body.ts'
import type { Handler, Reply, Request } from '../../http/request.ts'
import type { Timing } from '../../http/timing.ts'
import { requireAccess } from '../../models/access.ts'
import { createRegistry } from '../../models/registry.ts'
import { type Call, parseCall } from '../../protocol/call.ts'
import { countChoices } from '../../protocol/call-caps.ts'
import { toOpenAIError } from '../../protocol/errors.ts'
import { type OperationName, operations } from '../../protocol/operations.ts'
import type { Route } from '../../protocol/route.ts'
import type { User } from '../../protocol/user.ts'
import type { CreateExchange } from '../../providers/exchange.ts'
import { createProvider, type StreamedResponse, type WholeResponse } from '../../providers/provider.ts'
import type { Redactor } from '../../runtime/redactor.ts'
import type { Receipt } from '../../wallet/wallets.ts'
import { createAuthenticateCaller } from '../authenticate-caller.ts'
import { createAdmit } from '../call/admit.ts'
import type { PreparedCall } from '../call/caller-caps.ts'
import { type Metering, meterCall } from '../call/metering.ts'
import { pseudonymizeUser } from '../call/pseudonymize.ts'
import { createTargetsOptions } from '../call/targets-options.ts'
import type { Config } from '../config/config.ts'
import { createLedger } from '../stores/usage-ledger.ts'

/** What a wire adds to the pipeline. */
export interface ServedWire {
  /** Checks a call, and turns it into a chat if providers get it as one (`Call.reply`). */
  readonly prepare: (call: Call, headers: Request['headers'], user: User) => Call
  readonly createExchange: CreateExchange
  /** Creates the body of an error. Default: OpenAI's. */
  readonly toErrorBody?: ToErrorBody
}

/** The gateway's one pipeline: token → user → body → route → admit → provider → stream → usage → settle → record. */
export const relay = (operation: OperationName, config: Config, wire: ServedWire): Handler => {
  const models = createRegistry(config.models)
  const authenticate = createAuthenticateCaller(config, { endpoint: operation, models })
  const admit = createAdmit(config, config.server.log, models)
  const targets = createTargetsOptions(config, config.server.log)
  const provider = createProvider(config.timeouts, config.network, targets, wire.createExchange)
  const getLedger = createLedger(config.usage, config.server.log)
  const serves = (path: string): boolean => operations[operation].paths.some((pattern) => matchesPath(path, pattern))
  const { toErrorBody } = wire

  return endpoint({ ...config.server, method: 'POST', serves, toErrorBody }, async (request) => {
    const { id: requestId, headers, timing } = request
    const user = await authenticate(request)
    const ledger = getLedger()
    const body = await readBody(request.message, config.server.maxBodyBytes)
    timing.mark('body_ms')
    const parsed = parseCall(operation, body)
    const asked = pseudonymizeUser(wire.prepare(parsed, headers, user), user, config.hashUser)
    const weight = countChoices(asked, config.limits)
    const snapshot = await models.current()
    const route = requireAccess(snapshot.route(asked.model), user)
    const prepared = await prepareCall({ call: asked, callProvider: provider }, route)
    const admitted = await admit({ user, weight, requestId, headers, body, call: prepared.call, route })
    const { call } = admitted
    timing.mark('route_ms')
    const metering = meterCall({ request, user, route, ledger, ...admitted })
    const { signal, onText, onAttempt } = metering
    const keepAliveMs = acceptsKeepAlive(headers) ? config.keepAliveMs : 0
    const options = { signal, clientSignal: request.signal, userId: user.id, onText, onAttempt, keepAliveMs }
    const callProvider = admitted.guard?.guard(prepared.callProvider) ?? prepared.callProvider
    const response = await metering.begin(() => callProvider(route, call, options))
    timing.mark('first_byte_ms')
    const { redactor } = config.server
    const reply =
      response.kind === 'whole'
        ? await createWholeReply(response, metering, timing)
        : createStreamReply(response, { metering, timing, requestId, redactor })
    return call.estimatePrompt || response.isOwn ? reply : labelReply(reply, requestId)
  })
}

/** Says that a model wrote the text of a reply, and names its record: the number of the content. */
const labelReply = (reply: Reply, requestId: string): Reply => ({
  ...reply,
  headers: { ...reply.headers, 'x-ai-generated': `1; id=${requestId}` },
})

/** Applies the caps of a route for its callers. Few routes have any, so the code is loaded with the first of them.
 *  @throws unsupported_parameter, invalid_value, context_length_exceeded (400, with `param`) */
const prepareCall = async (prepared: PreparedCall, { callerCaps }: Route): Promise<PreparedCall> =>
  callerCaps === undefined ? prepared : (await import('../call/caller-caps.ts')).applyCallerCaps(prepared, callerCaps)

/** Whether the client accepts keep-alive comments. A client that does not sends `x-stream-keepalive: off`. */
const acceptsKeepAlive = ({ 'x-stream-keepalive': keepAlive }: Request['headers']): boolean =>
  typeof keepAlive !== 'string' || keepAlive.toLowerCase() !== 'off'

const createWholeReply = async (
  { toBody, usage, units, outcome = 'complete' }: WholeResponse,
  metering: Metering,
  timing: Timing,
): Promise<Reply> => {
  const { counted, receipt } = await metering.settle(outcome, usage, units)
  timing.mark('record_ms')
  const headers = { 'content-type': 'application/json', ...(receipt && toPointsHeaders(receipt)) }
  return { status: 200, headers, body: toBody(counted) }
}

const toPointsHeaders = ({ charged, balance }: Receipt): Record<string, string> => ({
  'x-points-charged': String(charged),
  'x-points-balance': String(balance),
})

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

interface StreamReplyOptions {
  readonly metering: Metering
  readonly timing: Timing
  readonly requestId: string
  readonly redactor: Redactor
}

/** The record is written before the client gets the end of the stream, because the instance may stop right then. */
const createStreamReply = (
  { pipeTo }: StreamedResponse,
  { metering, timing, requestId, redactor }: StreamReplyOptions,
): Reply => ({
  status: 200,
  headers: streamHeaders,
  body: async (writable) => {
    const result = await pipeTo(writable)
    timing.mark('stream_ms')
    const { counted, receipt } = await metering.settle(result.outcome, result.usage)
    timing.mark('record_ms')
    const { error } = result
    writable.end(
      error
        ? result.writeError(toOpenAIError(error, redactor), { status: error.status, requestId })
        : result.writeEnd(counted, receipt && { points: receipt }),
    )
  },
})
