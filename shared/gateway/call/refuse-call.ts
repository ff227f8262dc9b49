import type { Call } from '../../protocol/call.ts'
import type { StreamWriter } from '../../protocol/reply-writer.ts'
import { formatSseEvent, sseDone, sseKeepAlive } from '../../protocol/sse.ts'
import type { StreamedResponse, WholeResponse } from '../../providers/provider.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { createRefusal } from '../../safety/refusal.ts'
import { blockedError, noUsage } from './safety-errors.ts'

/** How a blocked prompt is refused. */
export interface RefusalOptions {
  readonly requestId: string
  /** The owner's sentence; undefined: the client gets an error. */
  readonly sentence: string | undefined
  /** The request field with the text. */
  readonly field: string
}

/** Refuses a call: by a reply with the owner's sentence, or by an error, also if a reply of its operation holds no text. Neither
 *  quotes the text.
 *  @throws content_policy_violation (400, with `param`) */
export const refuseCall = (call: Call, options: RefusalOptions): WholeResponse | StreamedResponse => {
  const { requestId: id, sentence, field: param } = options
  const refusal = sentence === undefined ? undefined : createRefusal(call, { id, sentence })
  if (!refusal) throw blockedError(param)
  const { whole, chunks } = refusal
  if (!call.stream)
    return {
      kind: 'whole',
      isOwn: true,
      outcome: 'filtered',
      fields: whole,
      usage: noUsage,
      toBody: (usage) => JSON.stringify(call.reply ? call.reply.writeWhole(whole, usage) : { ...whole, usage }),
    }
  const writer = call.reply?.createStream() ?? createChunkWriter(call, () => chunks[0] ?? {})
  return {
    kind: 'stream',
    isOwn: true,
    pipeTo: async (client) => {
      client.write(chunks.map((chunk) => writer.write(chunk)).join(''))
      return {
        outcome: 'filtered',
        usage: noUsage,
        writeEnd: (usage, more = {}) => writer.end(usage, more),
        writeError: writer.fail,
        error: undefined,
      }
    },
  }
}

/** Writes OpenAI's own chunks.
 *  @param getIdentity returns the fields that all of them have */
export const createChunkWriter = ({ includeUsage }: Call, getIdentity: () => JsonObject): StreamWriter => ({
  write: (chunk) => formatSseEvent(includeUsage ? { ...chunk, usage: null } : chunk),
  end: (usage, more) =>
    (includeUsage ? formatSseEvent({ ...getIdentity(), choices: [], usage, ...more }) : '') + sseDone,
  fail: (error) => formatSseEvent({ error }),
  keepAlive: () => sseKeepAlive,
})
