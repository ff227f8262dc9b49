import { randomInt } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type ChatMessage, encodeChatPrompt } from '../generate/chat-prompt.ts'
import { assertTextFits, assertTokensFit } from '../generate/context-limit.ts'
import { generate } from '../generate/generate.ts'
import { type ChooseToken, createSampler, createScript, type SamplerOptions } from '../generate/sampler.ts'
import { findTask, refuse } from '../generate/tasks.ts'
import type { TinyModel } from '../generate/tiny-model.ts'
import { type CompletionRequest, parseChatRequest, parseTextRequest } from './completion-request.ts'
import { chatFormat, type ReplyFormat, textFormat } from './reply-format.ts'
import { type Reply, sendStream, sendWhole } from './send-reply.ts'

/** The options of generation. `delayMs` is the wait before each token; `onToken` is called for each one. */
export type CompletionOptions = Readonly<{ model: TinyModel; delayMs: number; onToken: () => void }>

/** Replies to the parsed body of one request. Rejects before anything is sent, or if the client has left. */
export type Complete = (body: unknown, response: ServerResponse) => Promise<void>

type Prompt = Readonly<{
  /** The tokens of the prompt as the client sent it. They count as prompt tokens and take their room in the context. */
  sent: readonly number[]
  /** The tokens that the model reads. */
  read: readonly number[]
  preface: string
  createChooser(options: SamplerOptions): ChooseToken
}>
type Question = Readonly<{ format: ReplyFormat; request: CompletionRequest; prompts: readonly Prompt[] }>

const SEEDS = 2 ** 32

/** Returns the prompt for a question: the model reads it as it was trained on it. If it was not trained for it, the reply is a fixed
 *  sentence. */
const toPrompt = ({ tokenizer }: TinyModel, question: string, sent: readonly number[]): Omit<Prompt, 'preface'> => {
  const task = findTask(question)
  const read = encodeChatPrompt(tokenizer, [{ role: 'user', content: task ?? '' }])
  if (task !== undefined) return { sent, read, createChooser: createSampler }
  const script = [...tokenizer.encode(refuse(question)), tokenizer.special('<|im_end|>')]
  return { sent, read, createChooser: () => createScript(script) }
}

const createReply = (question: Question, options: CompletionOptions, signal: AbortSignal): Reply => {
  const { format, request, prompts } = question
  const { stop, temperature, topP, seed = randomInt(SEEDS) } = request
  const { model, delayMs, onToken } = options
  const beginChoice = ({ sent, read, preface, createChooser }: Prompt, index: number) => {
    const sample = createChooser({ temperature, topP, seed: seed + index })
    const choose = (logits: Float32Array) => {
      onToken()
      return sample(logits)
    }
    const maxTokens = Math.min(request.maxTokens, model.llama.shape.contextLength - sent.length)
    return { preface, generation: generate(model, read, { choose, stop, maxTokens, delayMs, signal }) }
  }
  for (const { sent } of prompts) assertTokensFit(model, sent)
  return {
    format,
    model: request.model,
    promptTokens: prompts.reduce((sum, { sent }) => sum + sent.length, 0),
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

/** Creates the handler of `POST /v1/chat/completions`. The model reads the last question of the user only: it was trained on short
 *  prompts. */
export const chatCompletions =
  (options: CompletionOptions): Complete =>
  async (body, response) => {
    const { model } = options
    const request = parseChatRequest(body)
    for (const { content } of request.messages) assertTextFits(model, content)
    const sent = encodeChatPrompt(model.tokenizer, request.messages)
    const prompt = { ...toPrompt(model, getQuestion(request.messages), sent), preface: '' }
    await respond({ format: chatFormat, request, prompts: [prompt] }, options, response)
  }

const getQuestion = (messages: readonly ChatMessage[]): string =>
  messages.findLast(({ role }) => role === 'user')?.content ?? ''

/** Creates the handler of `POST /v1/completions`. A prompt that names special tokens, which it then holds, is continued as it stands.
 *  Any other prompt is a question. */
export const textCompletions =
  (options: CompletionOptions): Complete =>
  async (body, response) => {
    const { model } = options
    const request = parseTextRequest(body)
    for (const prompt of request.prompts) assertTextFits(model, prompt)
    const prompts = request.prompts.map((prompt) => {
      const sent = model.tokenizer.encodeRaw(prompt)
      const isRaw = prompt.includes('<|im_start|>')
      const read = isRaw ? { sent, read: sent, createChooser: createSampler } : toPrompt(model, prompt, sent)
      return { ...read, preface: request.echo ? prompt : '' }
    })
    await respond({ format: textFormat, request, prompts }, options, response)
  }
