import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Generation, GenerationEnd } from '../generate/generate.ts'
import type { ReplyFormat } from './reply-format.ts'

/** One choice: its generation, not yet begun, and the text it begins with (an echoed prompt, or nothing). */
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

/** Runs one choice to its end, handing over each piece of its text as soon as it exists. */
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

/** Generates all choices at once, then sends them as one JSON object. */
export const sendWhole = async (response: ServerResponse, answer: Reply): Promise<void> => {
  const { format } = answer
  const head = createHead(answer, format.object)
  const finished = await Promise.all(answer.choices.map((choice) => runChoice(choice)))
  const choices = finished.map(({ text, finishReason }, index) => format.whole(index, text, finishReason))
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ ...head, choices, usage: sumUsage(answer, finished) }))
}

/** Generates all choices at once and sends each piece of text as a server-sent event as soon as it exists. With
 *  `includeUsage` the usage follows in a chunk of its own, whose `choices` is empty; every other chunk has
 *  `usage: null` (OpenAI API reference, "stream_options"). */
export const sendStream = async (
  response: ServerResponse,
  answer: Reply,
  { includeUsage }: { includeUsage: boolean },
): Promise<void> => {
  const { format } = answer
  const head = { ...createHead(answer, format.chunkObject), ...(includeUsage && { usage: null }) }
  const send = (chunk: object) => response.write(`data: ${JSON.stringify({ ...head, ...chunk })}\n\n`)
  const stream = async (choice: Choice, index: number): Promise<FinishedChoice> => {
    const opening = format.opening(index)
    if (opening) send({ choices: [opening] })
    const finished = await runChoice(choice, (text) => send({ choices: [format.delta(index, text)] }))
    send({ choices: [format.ending(index, finished.finishReason)] })
    return finished
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  const finished = await Promise.all(answer.choices.map(stream))
  if (includeUsage) send({ choices: [], usage: sumUsage(answer, finished) })
  response.end('data: [DONE]\n\n')
}
