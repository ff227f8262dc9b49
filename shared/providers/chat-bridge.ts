import type { Call } from '../protocol/call.ts'
import { GatewayError, isGatewayError } from '../protocol/errors.ts'
import { addUsage, type Usage } from '../protocol/usage.ts'
import { createToCompletionChunk, getPrompts, toChatCall, toCompletion } from './chat-translation.ts'
import type { Exchange, ExchangeOptions } from './exchange.ts'
import type { WholeExchange } from './response/json-response.ts'
import type { StreamExchange } from './response/stream-result.ts'

/** Chat calls that one completion of several prompts has open at the same time. Each prompt is one chat call. */
const maxParallelCalls = 4

/** Completes by way of chat. Few models need it, so it is bundled apart. */
export const completeViaChat = async (
  exchange: Exchange,
  options: ExchangeOptions,
): Promise<WholeExchange | StreamExchange> => {
  const { call } = options
  const prompts = getPrompts(call)
  const [first = ''] = prompts
  if (call.stream) {
    return exchange({ ...options, call: toChatCall(call, first), reshape: createToCompletionChunk(call, first) })
  }
  const completed: WholeExchange[] = []
  const withPartialText = new Set<number>()
  const completePrompt = async (prompt: string, position: number): Promise<WholeExchange> => {
    const onText = (text: string): void => {
      withPartialText.add(position)
      options.onText(text)
    }
    const response = requireWhole(await exchange({ ...options, call: toChatCall(call, prompt), onText }))
    withPartialText.delete(position)
    completed.push(response)
    return response
  }
  try {
    return joinResponses(call, prompts, await mapInGroups(prompts, completePrompt))
  } catch (thrown) {
    // No usage covers the text of a response that broke off, so all text is estimated.
    throw withUsage(thrown, withPartialText.size === 0 ? sumUsage(completed) : undefined)
  }
}

const mapInGroups = async <Result>(
  prompts: readonly string[],
  complete: (prompt: string, position: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = []
  for (let start = 0; start < prompts.length; start += maxParallelCalls) {
    const group = prompts.slice(start, start + maxParallelCalls)
    results.push(...(await Promise.all(group.map((prompt, index) => complete(prompt, start + index)))))
  }
  return results
}

/** Adds the usage of the completed prompts to the failure of another. The provider charges for them although the client
 *  gets no text. It would charge again if the client's library repeated the call by itself. */
const withUsage = (thrown: unknown, usage: Usage | undefined): unknown => {
  if (!usage || !isGatewayError(thrown)) return thrown
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers, usage })
}

const requireWhole = (response: WholeExchange | StreamExchange): WholeExchange => {
  if (response.kind !== 'whole') throw new TypeError('a call without stream got a stream')
  return response
}

const joinResponses = (call: Call, prompts: readonly string[], responses: readonly WholeExchange[]): WholeExchange => {
  const usage = sumUsage(responses)
  const fields = responses.map((response) => response.fields)
  const hasInvalidUsage = responses.some((response) => response.hasInvalidUsage)
  const joined = { ...toCompletion(call, prompts, fields), usage }
  return { kind: 'whole', fields: joined, text: undefined, usage, hasInvalidUsage }
}

/** The usage of all responses together. Returns undefined if there is no response, or if one of them states no
 *  usage. */
const sumUsage = (responses: readonly WholeExchange[]): Usage | undefined => {
  const usages = responses.flatMap(({ usage }) => usage ?? [])
  if (usages.length === 0 || usages.length < responses.length) return undefined
  return usages.reduce(addUsage)
}
