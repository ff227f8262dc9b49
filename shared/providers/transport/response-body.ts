import type { IncomingMessage } from 'node:http'
import { isGatewayError } from '../../protocol/errors.ts'
import { brokenResponseError, incompleteResponseError, oversizedResponseError } from '../errors/upstream-errors.ts'
import { isEncoded } from './body-encoding.ts'
import type { UpstreamResponse } from './http-transport.ts'

/** What reads a body. */
interface BodyReader {
  readonly onData: (piece: Buffer) => void
  readonly onEnd: () => void
  /** Called if the body cannot be read to its end. */
  readonly onError: (error: Error) => void
  /** Called after the end and after an error, too. */
  readonly onClose: () => void
}

/** Reads a body piece by piece. If its first bytes show that it is compressed, or UTF-16, although no header says so, the
 *  reader gets what it decodes to. */
export const readResponseBody = (response: UpstreamResponse, { onData, onEnd, onError, onClose }: BodyReader): void => {
  const { body } = response
  const onFirst = (piece: Buffer): void => {
    body.off('data', onFirst)
    if (body === response.message && isEncoded(piece)) {
      body.off('end', onEnd).off('error', onError).off('close', onClose).pause().unshift(piece)
      decodeResponse(response).then(attach, onError)
      return
    }
    body.on('data', onData)
    onData(piece)
  }
  const attach = (): void => {
    response.body.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose).resume()
  }
  body.on('data', onFirst).on('end', onEnd).on('error', onError).on('close', onClose).resume()
}

const decodeResponse = async (response: UpstreamResponse): Promise<void> => {
  const { decodeBody } = await import('./decode-body.ts')
  response.body = decodeBody(response.body, {})
}

/** Resolves with the first bytes of a response that are not blank, as text. They stay in the response and are read
 *  again.
 *  @throws upstream_error (502) if the response ends without any, upstream_timeout (504) */
export const peekBody = ({ body, deadlines, getAbortError }: UpstreamResponse): Promise<string> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const onData = (piece: Buffer): void => {
      pieces.push(piece)
      size += piece.length
      if (size < maxBlankBytes && piece.toString().trim() === '') return
      body.pause()
      detach()
      const bytes = Buffer.concat(pieces)
      body.unshift(bytes)
      resolve(bytes.toString())
    }
    const onEnd = (): void => {
      detach()
      deadlines.stop()
      reject(getAbortError() ?? brokenResponseError('The provider sent an empty response.'))
    }
    const detach = (): void => {
      body.off('data', onData).off('end', onEnd).off('error', onEnd).off('close', onEnd)
    }
    body.on('data', onData).once('end', onEnd).once('error', onEnd).once('close', onEnd)
  })

/** Most blank bytes at the start of a response that are read before it counts as begun. */
const maxBlankBytes = 65_536

/** How long the rest of a response may take, in milliseconds. */
const maxDrainMs = 250

/** Most bytes of the rest of a response. */
const maxDrainBytes = 65_536

/** Discards the rest of a response. If the rest comes at once, the connection is kept for the next request; otherwise
 *  it is closed. */
export const drainOrDestroy = (message: IncomingMessage): void => {
  let bytes = 0
  const timer = setTimeout(() => message.destroy(), maxDrainMs).unref()
  const stop = (): void => clearTimeout(timer)
  message.once('end', stop).once('close', stop)
  message.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes > maxDrainBytes) message.destroy()
  })
  message.resume()
}

/** Reads the whole body of a response as text, at most `maxBytes` of it. If nothing comes for a second, a text that
 *  `isComplete` accepts is all of it, although the connection stays open.
 *  @throws upstream_error (502) if it is larger or ends early, upstream_timeout (504) */
export const readWhole = async (
  response: UpstreamResponse,
  maxBytes: number,
  isComplete: (text: string) => boolean,
): Promise<string> => {
  const { pieces, ending, cause } = await collectBytes(response, maxBytes, isComplete)
  if (ending === 'whole') return decodeText(pieces)
  if (ending === 'large') throw oversizedResponseError()
  throw response.getAbortError() ?? (isGatewayError(cause) ? cause : incompleteResponseError(cause))
}

/** Reads as much of a body as it can, as text, at most `maxBytes`. It never throws: it is for the bodies of errors,
 *  whose status is enough. */
export const readSome = async (response: UpstreamResponse, maxBytes: number): Promise<string> =>
  decodeText((await collectBytes(response, maxBytes)).pieces)

const decodeText = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString()

interface BodyResult {
  readonly pieces: readonly Buffer[]
  readonly ending: 'whole' | 'large' | 'cut'
  readonly cause?: Error
}

/** How long a complete text waits for more, in milliseconds. */
const maxSilenceMs = 1_000

const collectBytes = (
  response: UpstreamResponse,
  maxBytes: number,
  isComplete: (text: string) => boolean = () => false,
): Promise<BodyResult> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    let silence: NodeJS.Timeout | undefined
    const { message, deadlines } = response
    const end = (ending: BodyResult['ending'], cause?: Error): void => {
      clearTimeout(silence)
      deadlines.stop()
      if (ending !== 'whole' || !message.complete) message.destroy()
      resolve({ pieces, ending, ...(cause && { cause }) })
    }
    const onData = (piece: Buffer): void => {
      deadlines.startPhase('idle')
      size += piece.length
      if (size > maxBytes) {
        end('large')
        return
      }
      pieces.push(piece)
      clearTimeout(silence)
      silence = setTimeout(() => isComplete(decodeText(pieces)) && end('whole'), maxSilenceMs)
    }
    readResponseBody(response, {
      onData,
      onEnd: () => end('whole'),
      onError: (cause) => end('cut', cause),
      onClose: () => end('cut'),
    })
  })
