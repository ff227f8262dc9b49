import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Generation, GenerationEnd } from '../generate/generate.ts'
import type { ReplyFormat } from './reply-format.ts'

/** One choice: its generation, not yet started, and the text before it (an echoed prompt, or an empty text). */
type Choice = Readonly<{ preface: string; generation: Generation }>

/** All choices of one reply. `promptTokens` counts each prompt once. */
export type Reply = Readonly<{
  format: ReplyFormat
  model: string
  promptTokens: number
  choices: readonly Choice[]
}>

type FinishedChoice = GenerationEnd & Readonly<{ text: string }>

const createHead = ({ format, model }: Reply, object: string): object => ({
  id: `${format.idPrefix}${randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model,
})

const sumUsage = ({ promptTokens }: Reply, ends: readonly GenerationEnd[]): object => {
  const completionTokens = ends.reduce((sum, end) => sum + end.completionTokens, 0)
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}

/** Runs one choice to its end, and passes each piece of its text on at once. */
const runChoice = async (
  { preface, generation }: Choice,
  onText: (text: string) => void = () => {},
): Promise<FinishedChoice> => {
  let text = preface
  if (preface !== '') onText(preface)
  let next = await generation.next()
  while (!next.done) {
    text += next.value
    onText(next.value)
    next = await generation.next()
  }
  return { ...next.value, text }
}

/** Generates all choices at the same time, then sends them as one JSON object. */
export const sendWhole = async (response: ServerResponse, reply: Reply): Promise<void> => {
  const { format } = reply
  const head = createHead(reply, format.object)
  const finished = await Promise.all(reply.choices.map((choice) => runChoice(choice)))
  const choices = finished.map(({ text, finishReason }, index) => format.whole(index, text, finishReason))
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ ...head, choices, usage: sumUsage(reply, finished) }))
}

/** Generates all choices at the same time, and sends each piece of text at once as a server-sent event. With
 *  `includeUsage` the usage follows in a chunk of its own, whose `choices` is empty; every other chunk has `usage:
 *  null` (OpenAI API reference, "stream_options"). */
export const sendStream = async (
  response: ServerResponse,
  reply: Reply,
  { includeUsage }: { includeUsage: boolean },
): Promise<void> => {
  const { format } = reply
  const head = { ...createHead(reply, format.chunkObject), ...(includeUsage && { usage: null }) }
  const send = (chunk: object) => response.write(`data: ${JSON.stringify({ ...head, ...chunk })}\n\n`)
  const stream = async (choice: Choice, index: number): Promise<FinishedChoice> => {
    const opening = format.opening(index)
    if (opening) send({ choices: [opening] })
    const finished = await runChoice(choice, (text) => send({ choices: [format.delta(index, text)] }))
    send({ choices: [format.ending(index, finished.finishReason)] })
    return finished
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  const finished = await Promise.all(reply.choices.map(stream))
  if (includeUsage) send({ choices: [], usage: sumUsage(reply, finished) })
  response.end('data: [DONE]\n\n')
}
