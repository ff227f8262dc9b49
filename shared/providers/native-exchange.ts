import type { Call } from '../protocol/call.ts'
import type { NativeAddress, NativeWire } from '../protocol/chat-wire.ts'
import { serialize } from '../protocol/raw-json.ts'
import type { Target } from '../protocol/route.ts'
import { maxResponseBytes } from '../protocol/sse.ts'
import { isObject, parseJson } from '../runtime/json.ts'
import { findError } from './errors/find-error.ts'
import { judgeError, ProviderFailure, UnjudgedError } from './errors/provider-failure.ts'
import { invalidResponseError } from './errors/upstream-errors.ts'
import { type CreateExchange, judgeLater, type TargetCall } from './exchange.ts'
import { NativeStream } from './native-stream.ts'
import { EventStream } from './response/event-stream.ts'
import type { WholeExchange } from './response/json-response.ts'
import { parseFields } from './response/parse-fields.ts'
import type { StreamExchange } from './response/stream-result.ts'
import type { UpstreamResponse } from './transport/http-transport.ts'
import { readWhole } from './transport/response-body.ts'
import type { Send } from './transport/retry.ts'

/** Creates the exchange of a wire that some providers speak themselves. All others get the call as a chat. So does a
 *  provider whose address of the wire is known and not configured, if it lacks the model there; that is remembered
 *  while its target lives. */
export const createNativeExchange =
  (wire: NativeWire | undefined, createChat: CreateExchange): CreateExchange =>
  (send) => {
    const chat = createChat(send)
    const chatOnly = new WeakSet<Target>()
    return async (options) => {
      const { target, call } = options
      const address = call.original && !chatOnly.has(target) ? wire?.findAddress(target) : undefined
      if (!wire || !address) return chat(requireChat(options))
      try {
        return await callNative(send, options, { wire, address })
      } catch (thrown) {
        if (!mayChat(address, call, thrown)) throw thrown
        const response = await chat(options)
        chatOnly.add(target)
        return response
      }
    }
  }

/** @throws the problem of the request that keeps it from being a chat */
const requireChat = (options: TargetCall): TargetCall => {
  const { problem } = options.call.original ?? {}
  if (problem) throw problem
  return options
}

/** Whether a failure shows that the address, or the model there, is missing, and a chat may be tried. */
const mayChat = ({ isConfigured }: NativeAddress, { original }: Call, thrown: unknown): boolean => {
  if (isConfigured || original?.problem || !(thrown instanceof ProviderFailure)) return false
  return [404, 405, 501].includes(thrown.upstreamStatus) || thrown.options.failure === 'model'
}

interface Native {
  readonly wire: NativeWire
  readonly address: NativeAddress
}

const callNative = async (send: Send, options: TargetCall, native: Native): Promise<WholeExchange | StreamExchange> => {
  const judge = (thrown: unknown): Promise<unknown> => judgeError(options, thrown)
  try {
    const response = await post(send, options, native)
    if (!options.call.stream) return await readNative(response, options, native)
    const reader = new NativeStream(native.wire, options)
    const stream = new EventStream(response, reader, options.signal)
    await stream.waitForFirstEvent()
    const pipeTo: StreamExchange['pipeTo'] = (client, onWrite = () => undefined) => stream.pipeTo(client, onWrite)
    return judgeLater({ kind: 'stream', writer: reader.writer, pipeTo }, judge)
  } catch (thrown) {
    throw await judge(thrown)
  }
}

const post = (send: Send, options: TargetCall, { wire, address }: Native): Promise<UpstreamResponse> => {
  const { call, target, signal, endsAt, repeats } = options
  return send(options, {
    url: new URL(address.url),
    headers: toHeaders(call, target, address),
    body: serialize(wire.toBody(call, target), call.original?.source),
    signal,
    endsAt,
    repeats,
  })
}

const toHeaders = ({ stream, original }: Call, { apiKey }: Target, address: NativeAddress): string[] => {
  const keys = apiKey === undefined ? [] : address.keyHeaders
  const headers = {
    ...Object.fromEntries(keys.map((name) => [name, name === 'authorization' ? `Bearer ${apiKey}` : `${apiKey}`])),
    ...{ 'user-agent': 'cloudbase-llm-gateway', accept: stream ? 'text/event-stream' : 'application/json' },
    ...address.headers,
    ...original?.headers,
  }
  return Object.entries(headers).flat()
}

/** Reads a whole response. Its bytes go on as they came, unless it must name the client's own model, or states no
 *  usage. */
const readNative = async (
  response: UpstreamResponse,
  { call, target, onText }: TargetCall,
  { wire }: Native,
): Promise<WholeExchange> => {
  const isComplete = (text: string): boolean => {
    const document = parseJson(text.trim())
    return isObject(document) && (wire.isResponse(document) || findError(document) !== undefined)
  }
  const text = await readWhole(response, maxResponseBytes, isComplete)
  const given = parseFields(text.trim())
  if (!wire.isResponse(given)) throw new UnjudgedError(given, invalidResponseError())
  const { text: made, usage } = wire.readResponse(given)
  onText(made)
  const fields = target.upstreamModel === call.model ? given : wire.rename(given, call.model)
  return { kind: 'whole', isNative: true, fields, text: fields === given ? text : undefined, usage, lacksCounts: false }
}
