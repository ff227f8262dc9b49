import type { Call } from '../protocol/call.ts'
import { createToCompletionChunk, getPrompts, toChatCall, toCompletion } from './chat-translation.ts'
import type { Exchange, ExchangeOptions } from './exchange.ts'
import { mapInGroups, sumUsage, withUsage } from './parallel-calls.ts'
import type { WholeExchange } from './response/json-response.ts'
import type { StreamExchange } from './response/stream-result.ts'

/** Completes by way of chat: each prompt is one chat call. Few models need it, so it is bundled apart. */
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
    return joinResponses(call, prompts, await mapInGroups(prompts, options.target, completePrompt))
  } catch (thrown) {
    // No usage covers the text of a response that broke off, so all text is estimated.
    throw withUsage(thrown, withPartialText.size === 0 ? sumUsage(completed) : undefined)
  }
}

const requireWhole = (response: WholeExchange | StreamExchange): WholeExchange => {
  if (response.kind !== 'whole') throw new TypeError('a call without stream got a stream')
  return response
}

const joinResponses = (call: Call, prompts: readonly string[], responses: readonly WholeExchange[]): WholeExchange => {
  const usage = sumUsage(responses)
  const fields = responses.map((response) => response.fields)
  const lacksCounts = responses.some((response) => response.lacksCounts)
  const joined = { ...toCompletion(call, prompts, fields), usage }
  return { kind: 'whole', fields: joined, text: undefined, usage, lacksCounts }
}
