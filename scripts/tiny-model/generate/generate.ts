import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { LlamaSession } from '../llama/llama.ts'
import { assertTokensFit } from './context-limit.ts'
import type { ChooseToken } from './sampler.ts'
import { createStopWatcher, type StopWatcher } from './stop-strings.ts'
import type { TinyModel } from './tiny-model.ts'

/** Why generation ended: `stop` after the end token or a stop string, `length` at `maxTokens` or the end of the
 *  context. */
export type FinishReason = 'stop' | 'length'

/** How generation ended. `completionTokens` counts the generated tokens without the end token. */
export type GenerationEnd = Readonly<{ finishReason: FinishReason; completionTokens: number }>

/** The text piece by piece. A piece is never empty and holds whole characters. Bytes of an unfinished character, and
 *  text that may become a stop string, wait for later tokens. Bytes that make no character are left out. */
export type Generation = AsyncGenerator<string, GenerationEnd, undefined>

/** The options of generation. `delayMs` is the wait before each token. Generation throws when `signal` aborts. */
export type GenerateOptions = Readonly<{
  choose: ChooseToken
  stop: readonly string[]
  maxTokens: number
  delayMs: number
  signal: AbortSignal
}>

/** Prompt tokens to read in one turn of the event loop: a few milliseconds of work. */
const PROMPT_TOKENS_PER_TURN = 8

/** What the decoder writes for bytes that make no character. */
const REPLACEMENT = '\uFFFD'

const readPrompt = async (session: LlamaSession, prompt: readonly number[], signal: AbortSignal): Promise<void> => {
  for (const [index, token] of prompt.entries()) {
    if (index % PROMPT_TOKENS_PER_TURN === 0) await nextTurn()
    signal.throwIfAborted()
    session.feed(token)
  }
}

function* finish(stops: StopWatcher, end: GenerationEnd): Generator<string, GenerationEnd, undefined> {
  const rest = stops.flush()
  if (rest !== '') yield rest
  return end
}

async function* run(model: TinyModel, prompt: readonly number[], options: GenerateOptions): Generation {
  const { choose, maxTokens, delayMs, signal } = options
  const session = model.llama.start()
  await readPrompt(session, prompt, signal)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const stops = createStopWatcher(options.stop)
  const limit = Math.min(maxTokens, model.llama.shape.contextLength - prompt.length)
  for (let completionTokens = 0; completionTokens < limit; completionTokens++) {
    await (delayMs > 0 ? sleep(delayMs) : nextTurn())
    signal.throwIfAborted()
    const token = choose(session.logits())
    if (model.endTokens.has(token)) return yield* finish(stops, { finishReason: 'stop', completionTokens })
    const piece = decoder.decode(model.tokenizer.bytes(token), { stream: true })
    const { text, stopped } = stops.push(piece.replaceAll(REPLACEMENT, ''))
    if (text !== '') yield text
    if (stopped) return { finishReason: 'stop', completionTokens: completionTokens + 1 }
    session.feed(token)
  }
  return yield* finish(stops, { finishReason: 'length', completionTokens: limit })
}

/** Continues `prompt` token by token, and gives the event loop a turn between tokens. If the limit cuts a character
 *  between its bytes, the text omits it but its tokens count.
 *  @throws ContextLengthError at once, if the prompt leaves no room for a generated token */
export const generate = (model: TinyModel, prompt: readonly number[], options: GenerateOptions): Generation => {
  assertTokensFit(model, prompt)
  return run(model, prompt, options)
}
