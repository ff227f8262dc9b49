import type { Call } from '../protocol/call.ts'
import { GatewayError, isGatewayError } from '../protocol/errors.ts'
import { serialize } from '../protocol/raw-json.ts'
import type { Target } from '../protocol/route.ts'
import { maxResponseBytes } from '../protocol/sse.ts'
import type { Usage } from '../protocol/usage.ts'
import type { Wire, WireRequest } from '../protocol/wire.ts'
import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import { getDialect } from './dialect/dialects.ts'
import { getRequestHeaders } from './dialect/request-headers.ts'
import { findError } from './errors/find-error.ts'
import { judgeError, ProviderFailure, UnjudgedError } from './errors/provider-failure.ts'
import { invalidResponseError } from './errors/upstream-errors.ts'
import type { CreateExchange, TargetCall } from './exchange.ts'
import { mapInGroups, sumUsage, withUsage } from './parallel-calls.ts'
import { parseFields } from './response/parse-fields.ts'
import { readWhole } from './transport/response-body.ts'
import type { Send } from './transport/retry.ts'

/** Creates the exchange of a wire that is no chat. A call may become several requests; the client gets all of their
 *  results or an error, which holds the usage of those that succeeded. */
export const createWireExchange =
  (wire: Wire): CreateExchange =>
  (send) =>
  async (options) => {
    const { call, target } = options
    const completed: WireResponse[] = []
    const exchange = async (request: WireRequest): Promise<JsonObject> => {
      const fields = await postWhole(send, options, request, wire)
      completed.push({ usage: wire.readUsage(fields) })
      return fields
    }
    try {
      const responses = await mapInGroups(wire.toRequests(call, target), target, exchange)
      const fields = wire.toReply(responses, call, target)
      const usage = sumUsage(completed)
      const units = wire.readUnits?.(responses) ?? {}
      return { kind: 'whole', fields: { ...fields, usage }, text: undefined, usage, lacksCounts: !usage, units }
    } catch (thrown) {
      throw completed.length > 0 ? toPaidError(thrown, sumUsage(completed)) : thrown
    }
  }

interface WireResponse {
  readonly usage: Usage | undefined
}

/** Sends one request and parses its response. */
const postWhole = async (send: Send, options: TargetCall, request: WireRequest, wire: Wire): Promise<JsonObject> => {
  const { target, call, signal, endsAt, repeats } = options
  const isComplete = (text: string): boolean => {
    const fields = parseJson(text.trim())
    return isObject(fields) && (wire.isResponse(fields) || findError(fields) !== undefined)
  }
  try {
    const response = await send(options, {
      url: getDialect(target).url({ ...target, apiBase: request.apiBase ?? target.apiBase }, request.path),
      headers: getRequestHeaders(target).whole,
      body: serialize(toBody(target, request.body), call.source),
      signal,
      endsAt,
      repeats,
    })
    const fields = parseFields((await readWhole(response, maxResponseBytes, isComplete)).trim())
    if (!wire.isResponse(fields)) throw new UnjudgedError(fields, invalidResponseError())
    return fields
  } catch (thrown) {
    throw toMissingError(await judgeError(options, thrown), call)
  }
}

/** A provider without the operation speaks of a URL that the client has not called. Many models have chat only. */
const toMissingError = (thrown: unknown, { operation, model }: Call): unknown => {
  if (!(thrown instanceof ProviderFailure) || ![404, 405, 501].includes(thrown.upstreamStatus)) return thrown
  if (/model|deployment|模型/i.test(thrown.rawMessage)) return thrown
  const { failure = 'request', log = {} } = thrown.options
  const message = `The model '${model}' does not do ${operation}. Choose another model: GET /v1/models lists the ones you can use.`
  return new GatewayError(404, 'model_not_found', message, { failure, log, param: 'model' })
}

const toBody = ({ defaultParams, dropParams, upstreamModel }: Target, body: JsonObject): JsonObject => {
  const sent: JsonObject = { ...defaultParams, ...body, model: upstreamModel }
  for (const field of dropParams) delete sent[field]
  return sent
}

/** The provider bills what has succeeded. If it states no usage, the prompt is charged by its estimate. */
const toPaidError = (thrown: unknown, usage: Usage | undefined): unknown => {
  if (usage || !isGatewayError(thrown)) return withUsage(thrown, usage)
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers, mayBeBilled: true })
}
