import { randomInt } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { encodeChatPrompt } from '../generate/chat-prompt.ts'
import { assertTextFits } from '../generate/context-limit.ts'
import { generate } from '../generate/generate.ts'
import { createSampler } from '../generate/sampler.ts'
import type { TinyModel } from '../generate/tiny-model.ts'
import { type CompletionRequest, parseChatRequest, parseTextRequest } from './completion-request.ts'
import { chatFormat, type ReplyFormat, textFormat } from './reply-format.ts'
import { type Reply, sendStream, sendWhole } from './send-reply.ts'

/** The options of generation. `delayMs` is the wait before each token; `onToken` is called for each one. */
export type CompletionOptions = Readonly<{ model: TinyModel; delayMs: number; onToken: () => void }>

/** Replies to the parsed body of one request. Rejects before anything is sent, or if the client has left. */
export type Complete = (body: unknown, response: ServerResponse) => Promise<void>

type Prompt = Readonly<{ tokens: readonly number[]; preface: string }>
type Question = Readonly<{ format: ReplyFormat; request: CompletionRequest; prompts: readonly Prompt[] }>

const SEEDS = 2 ** 32

const createReply = (question: Question, options: CompletionOptions, signal: AbortSignal): Reply => {
  const { format, request, prompts } = question
  const { maxTokens, stop, temperature, topP, seed = randomInt(SEEDS) } = request
  const { model, delayMs, onToken } = options
  const beginChoice = ({ tokens, preface }: Prompt, index: number) => {
    const sample = createSampler({ temperature, topP, seed: seed + index })
    const choose = (logits: Float32Array) => {
      onToken()
      return sample(logits)
    }
    return { preface, generation: generate(model, tokens, { choose, stop, maxTokens, delayMs, signal }) }
  }
  return {
    format,
    model: request.model,
    promptTokens: prompts.reduce((sum, { tokens }) => sum + tokens.length, 0),
    choices: prompts.flatMap((prompt) => Array<Prompt>(request.choices).fill(prompt)).map(beginChoice),
  }
}

/** Stops generating at the next token if the client leaves. */
const respond = async (question: Question, options: CompletionOptions, response: ServerResponse): Promise<void> => {
  const { stream, includeUsage } = question.request
  const client = new AbortController()
  response.on('close', () => client.abort())
  const reply = createReply(question, options, client.signal)
  await (stream ? sendStream(response, reply, { includeUsage }) : sendWhole(response, reply))
}

/** Creates the handler of `POST /v1/chat/completions`. */
export const chatCompletions =
  (options: CompletionOptions): Complete =>
  async (body, response) => {
    const request = parseChatRequest(body)
    for (const { content } of request.messages) assertTextFits(options.model, content)
    const tokens = encodeChatPrompt(options.model.tokenizer, request.messages)
    await respond({ format: chatFormat, request, prompts: [{ tokens, preface: '' }] }, options, response)
  }

/** Creates the handler of `POST /v1/completions`. It continues each prompt as it stands, without a template; the
 *  name of a special token in it stands for that token. */
export const textCompletions =
  (options: CompletionOptions): Complete =>
  async (body, response) => {
    const request = parseTextRequest(body)
    for (const prompt of request.prompts) assertTextFits(options.model, prompt)
    const prompts = request.prompts.map((prompt) => ({
      tokens: options.model.tokenizer.encodeRaw(prompt),
      preface: request.echo ? prompt : '',
    }))
    await respond({ format: textFormat, request, prompts }, options, response)
  }
