import { toGatewayError } from '../../protocol/errors.ts'
import { sseKeepAlive } from '../../protocol/sse.ts'
import { settlesWithin } from '../../runtime/timeout.ts'
import { type StreamExchange, toStreamResult } from './stream-result.ts'

/** Keeps the connection to the client open while the model thinks: writes a comment after `everyMs` without a write. A
 *  response that has not begun within `everyMs` counts as begun, because only then can comments be sent. If it fails
 *  later, the client gets an error event (docs/decisions/0043-when-headers-go-out.md). */
export const keepAlive = async (response: Promise<StreamExchange>, everyMs: number): Promise<StreamExchange> => {
  const stream = (await settlesWithin(everyMs, response)) ? await response : startBeforeResponse(response)
  return {
    kind: 'stream',
    pipeTo: async (client) => {
      const silence = setTimeout(() => {
        if (!client.destroyed && !client.writableNeedDrain) client.write(sseKeepAlive)
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
const startBeforeResponse = (response: Promise<StreamExchange>): StreamExchange => {
  response.catch(() => undefined)
  return {
    kind: 'stream',
    pipeTo: async (client, onWrite) => {
      client.write(sseKeepAlive)
      try {
        return await (await response).pipeTo(client, onWrite)
      } catch (thrown) {
        return toStreamResult(undefined, toGatewayError(thrown))
      }
    },
  }
}
