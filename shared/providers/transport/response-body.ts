import type { IncomingMessage } from 'node:http'
import { isGatewayError } from '../../protocol/errors.ts'
import { brokenResponseError, incompleteResponseError, oversizedResponseError } from '../errors/upstream-errors.ts'
import type { UpstreamResponse } from './http-transport.ts'

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
  { message, body, deadlines }: UpstreamResponse,
  maxBytes: number,
  isComplete: (text: string) => boolean = () => false,
): Promise<BodyResult> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    let silence: NodeJS.Timeout | undefined
    const end = (ending: BodyResult['ending'], cause?: Error): void => {
      clearTimeout(silence)
      deadlines.stop()
      if (ending !== 'whole' || !message.complete) message.destroy()
      resolve({ pieces, ending, ...(cause && { cause }) })
    }
    body.on('data', (piece: Buffer) => {
      deadlines.startPhase('idle')
      size += piece.length
      if (size > maxBytes) return end('large')
      pieces.push(piece)
      clearTimeout(silence)
      silence = setTimeout(() => isComplete(decodeText(pieces)) && end('whole'), maxSilenceMs)
    })
    body.on('end', () => end('whole'))
    body.on('error', (cause) => end('cut', cause))
    body.on('close', () => end('cut'))
    body.resume()
  })
