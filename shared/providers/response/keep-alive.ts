import { toGatewayError } from '../../protocol/errors.ts'
import type { ReplyWriter } from '../../protocol/reply-writer.ts'
import { sseKeepAlive } from '../../protocol/sse.ts'
import { settlesWithin } from '../../runtime/timeout.ts'
import { type StreamExchange, toStreamResult } from './stream-result.ts'

/** Keeps the connection to the client open while the model thinks: writes a comment after `everyMs` without a write. A
 *  response that has not begun within `everyMs` counts as begun, because only then can comments be sent. If it fails
 *  later, the client gets an error event (docs/decisions/0043-when-headers-go-out.md).
 *  @param reply what writes the reply, if the client speaks another wire */
export const keepAlive = async (
  response: Promise<StreamExchange>,
  everyMs: number,
  reply: ReplyWriter | undefined,
): Promise<StreamExchange> => {
  const stream = (await settlesWithin(everyMs, response)) ? await response : startBeforeResponse(response, reply)
  return {
    kind: 'stream',
    pipeTo: async (client) => {
      const silence = setTimeout(() => {
        if (!client.destroyed && !client.writableNeedDrain) client.write(stream.writer?.keepAlive() ?? sseKeepAlive)
        silence.refresh()
      }, everyMs)
      try {
        return await stream.pipeTo(client, () => silence.refresh())
      } finally {
        clearTimeout(silence)
      }
    },
  }
}

/** A stream whose response has not begun yet. If the response fails, the stream ends with its error. */
const startBeforeResponse = (response: Promise<StreamExchange>, reply: ReplyWriter | undefined): StreamExchange => {
  let writer: StreamExchange['writer']
  response.then(
    (begun) => {
      writer = begun.writer
    },
    () => undefined,
  )
  return {
    kind: 'stream',
    get writer() {
      return writer
    },
    pipeTo: async (client, onWrite) => {
      client.write(sseKeepAlive)
      try {
        return await (await response).pipeTo(client, onWrite)
      } catch (thrown) {
        const ended = { billableUsage: undefined, writer: reply?.createStream(), writeEnd: () => '' }
        return toStreamResult(ended, toGatewayError(thrown))
      }
    },
  }
}
