import { toGatewayError } from '../../protocol/errors.ts'
import { sseKeepAlive } from '../../protocol/sse.ts'
import { type StreamExchange, toStreamResult } from './stream-result.ts'

/** Keeps a stream's connection to the client open while its model thinks: whenever nothing was written for `everyMs`, a
 *  comment is. An answer that has not begun within `everyMs` counts as begun, so that comments can be sent at all; if it
 *  fails after that, it fails with an error event (docs/decisions/0043-when-headers-go-out.md). */
export const keepAlive = async (answering: Promise<StreamExchange>, everyMs: number): Promise<StreamExchange> => {
  const stream = (await within(answering, everyMs)) ?? startBeforeResponse(answering)
  return {
    kind: 'stream',
    pipeTo: async (response) => {
      const silence = setTimeout(() => {
        if (!response.destroyed && !response.writableNeedDrain) response.write(sseKeepAlive)
        silence.refresh()
      }, everyMs)
      try {
        return await stream.pipeTo(response, () => silence.refresh())
      } finally {
        clearTimeout(silence)
      }
    },
  }
}

/** What a promise resolves with; undefined where it takes longer. */
const within = async <Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> => {
  let clock: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    clock = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(clock)
  }
}

/** A stream that has not begun yet. Its failure is its end. */
const startBeforeResponse = (answering: Promise<StreamExchange>): StreamExchange => {
  answering.catch(() => undefined)
  return {
    kind: 'stream',
    pipeTo: async (response, onWrite) => {
      response.write(sseKeepAlive)
      try {
        return await (await answering).pipeTo(response, onWrite)
      } catch (thrown) {
        return toStreamResult(undefined, toGatewayError(thrown))
      }
    },
  }
}
