import type { Call } from '../protocol/call.ts'
import { GatewayError, isGatewayError } from '../protocol/errors.ts'
import { addUsage, type Usage } from '../protocol/usage.ts'
import { createToCompletionChunk, getPrompts, toChatCall, toCompletion } from './chat-translation.ts'
import type { Exchange, ExchangeOptions } from './exchange.ts'
import type { WholeExchange } from './response/json-response.ts'
import type { StreamExchange } from './response/stream-result.ts'

/** Calls upstream at the same time for one call of several prompts, each of which is a call of its own there. */
const maxParallelCalls = 4

/** Answers a completion by way of chat. Few models need it: it is bundled apart. */
export const completeViaChat = async (
  exchange: Exchange,
  options: ExchangeOptions,
): Promise<WholeExchange | StreamExchange> => {
  const { call } = options
  const asChat = (prompt: string): ExchangeOptions => ({ ...options, call: toChatCall(call, prompt) })
  const prompts = getPrompts(call)
  const [first = ''] = prompts
  if (call.stream) return exchange({ ...asChat(first), reshape: createToCompletionChunk(call, first) })
  const answered: WholeExchange[] = []
  const heard = new Set<ExchangeOptions>()
  const ask = async (prompt: string): Promise<WholeExchange> => {
    const asking: ExchangeOptions = {
      ...asChat(prompt),
      onText: (text) => {
        heard.add(asking)
        options.onText(text)
      },
    }
    const answer = requireWhole(await exchange(asking))
    heard.delete(asking)
    answered.push(answer)
    return answer
  }
  try {
    return joinResponses(call, prompts, await mapInGroups(prompts, ask))
  } catch (thrown) {
    // What was heard of an answer that broke off is in no usage: then all text is estimated.
    throw withUsage(thrown, heard.size === 0 ? sumUsage(answered) : undefined)
  }
}

const mapInGroups = async <Answer>(prompts: readonly string[], ask: (prompt: string) => Promise<Answer>) => {
  const answers: Answer[] = []
  for (let start = 0; start < prompts.length; start += maxParallelCalls)
    answers.push(...(await Promise.all(prompts.slice(start, start + maxParallelCalls).map(ask))))
  return answers
}

/** The failure of one prompt, with what the answered ones cost: the provider charges for them though nobody gets their text, and
 *  would again if a client's library repeated the call by itself. */
const withUsage = (thrown: unknown, usage: Usage | undefined): unknown => {
  if (!usage || !isGatewayError(thrown)) return thrown
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers, usage })
}

const requireWhole = (answer: WholeExchange | StreamExchange): WholeExchange => {
  if (answer.kind !== 'whole') throw new TypeError('a call that is no stream was answered with one')
  return answer
}

const joinResponses = (call: Call, prompts: readonly string[], answers: readonly WholeExchange[]): WholeExchange => {
  const usage = sumUsage(answers)
  const fields = toCompletion(
    call,
    prompts,
    answers.map((answer) => answer.fields),
  )
  return { kind: 'whole', fields: { ...fields, usage }, text: undefined, usage }
}

/** The usage of all answers together; undefined where one of them states none, or there is none. */
const sumUsage = (answers: readonly WholeExchange[]): Usage | undefined => {
  const usages = answers.flatMap(({ usage }) => usage ?? [])
  if (usages.length === 0 || usages.length < answers.length) return undefined
  return usages.reduce(addUsage)
}
