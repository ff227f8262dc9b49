import type { Call } from '../protocol/call.ts'
import { GatewayError, isGatewayError } from '../protocol/errors.ts'
import type { Route } from '../protocol/route.ts'
import { addUsage, type Usage } from '../protocol/usage.ts'
import { bridgedAnswer, bridgedChunk, chatCall, losesFields, promptsOf } from './chat-bridge.ts'
import type { Exchange, ExchangeOptions, StreamExchange } from './exchange.ts'
import { ProviderFailure } from './failure.ts'
import { saysItself } from './own-words.ts'
import type { WholeExchange } from './whole-answer.ts'

/** Answers `/v1/completions`: natively where the provider has that operation, by way of chat where it has not. In `auto` the
 *  provider is asked, and what it turns out to have is remembered as long as its route lasts. */
export const completions = (exchange: Exchange): Exchange => {
  const chatOnly = new WeakSet<Route>()
  const byChat = bridged(exchange)
  return async (options) => {
    const { route, call } = options
    if (route.completionsMode === 'chat' || chatOnly.has(route)) return byChat(options)
    if (route.completionsMode === 'native') return exchange(options)
    try {
      return await exchange(options)
    } catch (thrown) {
      const lack = lackTold(thrown, route, call)
      if (!lack) throw thrown
      const answer = await byChat(options)
      if (lack === 'status' || !losesFields(call)) chatOnly.add(route)
      return answer
    }
  }
}

/** How a failure says that there is no such operation: by its status, or in words (OpenAI: "This is a chat model …",
 *  DeepSeek: "… only available in the beta API") that are the provider's own. Undefined where it says something else. */
const lackTold = (thrown: unknown, route: Route, { body }: Call): 'status' | 'words' | undefined => {
  if (!(thrown instanceof ProviderFailure)) return undefined
  if ([404, 405, 501].includes(thrown.upstreamStatus)) return 'status'
  if (thrown.upstreamStatus !== 400) return undefined
  const request = { ...body, model: [body['model'], route.upstreamModel] }
  return saysItself(thrown.said, chatOnlyWords, request) ? 'words' : undefined
}

const chatOnlyWords = /chat[ /_-]?(only|model|completions?)|\bbeta\b/i

/** Calls upstream at the same time for one call of several prompts, each of which is a call of its own there. */
const atOnce = 4

const bridged =
  (exchange: Exchange): Exchange =>
  async (options) => {
    const { call } = options
    const asChat = (prompt: string): ExchangeOptions => ({ ...options, call: chatCall(call, prompt) })
    const prompts = promptsOf(call)
    const [first = ''] = prompts
    if (call.stream) return exchange({ ...asChat(first), reshape: bridgedChunk(call, first) })
    const answered: WholeExchange[] = []
    const ask = async (prompt: string): Promise<WholeExchange> => {
      const answer = asWhole(await exchange(asChat(prompt)))
      answered.push(answer)
      return answer
    }
    try {
      return joined(call, prompts, await inGroups(prompts, ask))
    } catch (thrown) {
      throw withUsage(thrown, usageOf(answered))
    }
  }

const inGroups = async <Answer>(prompts: readonly string[], ask: (prompt: string) => Promise<Answer>) => {
  const answers: Answer[] = []
  for (let start = 0; start < prompts.length; start += atOnce)
    answers.push(...(await Promise.all(prompts.slice(start, start + atOnce).map(ask))))
  return answers
}

/** The failure of one prompt, with what the answered ones cost: the provider charges for them though nobody gets their text, and
 *  would again if a client's library repeated the call by itself. */
const withUsage = (thrown: unknown, usage: Usage | undefined): unknown => {
  if (!usage || !isGatewayError(thrown)) return thrown
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers, usage })
}

const asWhole = (answer: WholeExchange | StreamExchange): WholeExchange => {
  if (answer.kind !== 'whole') throw new TypeError('a call that is no stream was answered with one')
  return answer
}

const joined = (call: Call, prompts: readonly string[], answers: readonly WholeExchange[]): WholeExchange => {
  const usage = usageOf(answers)
  const fields = bridgedAnswer(
    call,
    prompts,
    answers.map((answer) => answer.fields),
  )
  return { kind: 'whole', fields: { ...fields, usage }, text: undefined, usage }
}

/** The usage of all answers together; undefined where one of them states none, or there is none. */
const usageOf = (answers: readonly WholeExchange[]): Usage | undefined => {
  const usages = answers.flatMap(({ usage }) => usage ?? [])
  if (usages.length === 0 || usages.length < answers.length) return undefined
  return usages.reduce(addUsage)
}
