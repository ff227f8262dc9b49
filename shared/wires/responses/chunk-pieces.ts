import { isObject, type JsonObject, listObjects } from '../../runtime/json.ts'
import type { OutputPiece } from './output-items.ts'

/** The pieces of a choice: thoughts come before text, and calls come last.
 *  @param withLogprobs whether the client asks for log probabilities */
export const readPieces = ({ delta, logprobs }: JsonObject, withLogprobs: boolean): OutputPiece[] => {
  if (!isObject(delta)) return []
  const { reasoning_content, content, refusal, tool_calls: calls, function_call: called } = delta
  const listed = listObjects(calls)
  return [
    ...toTextPieces('reasoning', reasoning_content),
    ...toTextPieces('output_text', content, withLogprobs ? readLogprobs(logprobs) : undefined),
    ...toTextPieces('refusal', refusal),
    ...listed.map((call, position) => toCallPiece(call, position)),
    ...(isObject(called) ? [toCallPiece({ function: called }, -1)] : []),
  ]
}

const toTextPieces = (
  kind: 'reasoning' | 'output_text' | 'refusal',
  text: unknown,
  logprobs?: readonly JsonObject[],
): OutputPiece[] => (typeof text === 'string' && text !== '' ? [{ kind, text, logprobs }] : [])

const toCallPiece = ({ index, id, function: called, custom = called }: JsonObject, position: number): OutputPiece => {
  const { name, arguments: json, input } = isObject(custom) ? custom : {}
  return {
    kind: 'call',
    index: typeof index === 'number' ? index : position,
    id: typeof id === 'string' ? id : undefined,
    name: typeof name === 'string' ? name : undefined,
    text: typeof json === 'string' ? json : typeof input === 'string' ? JSON.stringify({ input }) : '',
  }
}

/** Log probabilities without the bytes of each token, as this API has them. */
const readLogprobs = (logprobs: unknown): JsonObject[] => {
  const content = isObject(logprobs) ? logprobs['content'] : undefined
  const tokens = listObjects(content)
  return tokens.map(({ token, logprob, top_logprobs: top }) => ({
    ...{ token, logprob },
    top_logprobs: listObjects(top).map((one) => ({
      token: one['token'],
      logprob: one['logprob'],
    })),
  }))
}
