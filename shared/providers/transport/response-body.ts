import type { IncomingMessage } from 'node:http'
import { brokenResponseError } from '../errors/upstream-errors.ts'
import type { UpstreamResponse } from './http-transport.ts'

/** The first bytes of an answer that are not blank, as text. They stay in the answer, to be read again.
 *  @throws upstream_error (502) when the answer ends without any, upstream_timeout (504) */
export const peekBody = ({ message, deadlines, ended }: UpstreamResponse): Promise<string> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const onData = (piece: Buffer): void => {
      pieces.push(piece)
      size += piece.length
      if (size < maxBlankBytes && piece.toString().trim() === '') return
      message.pause()
      detach()
      const bytes = Buffer.concat(pieces)
      message.unshift(bytes)
      resolve(bytes.toString())
    }
    const onEnd = (): void => {
      detach()
      deadlines.stop()
      reject(ended() ?? brokenResponseError('The provider sent an empty answer.'))
    }
    const detach = (): void => {
      message.off('data', onData).off('end', onEnd).off('error', onEnd).off('close', onEnd)
    }
    message.on('data', onData).once('end', onEnd).once('error', onEnd).once('close', onEnd)
  })

/** Blank bytes read before an answer is given up as blank. */
const maxBlankBytes = 65_536

/** How long the rest of an answer may take, in milliseconds. */
const maxDrainMs = 250

/** How much the rest of an answer may bring, in bytes. */
const maxDrainBytes = 65_536

/** Lets go of an answer that has said all that counts: its connection is kept for the next request if the rest, which
 *  nobody reads, comes at once; otherwise it is closed. */
export const drainOrDestroy = (message: IncomingMessage): void => {
  let bytes = 0
  const clock = setTimeout(() => message.destroy(), maxDrainMs).unref()
  const stop = (): void => clearTimeout(clock)
  message.once('end', stop).once('close', stop)
  message.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes > maxDrainBytes) message.destroy()
  })
  message.resume()
}

/** Reads the whole body of an answer as text, at most `maxBytes` of it.
 *  @throws upstream_error (502) when it is larger or ends early, upstream_timeout (504) */
export const readWhole = async (answer: UpstreamResponse, maxBytes: number): Promise<string> => {
  const { text, ending, cause } = await collectBytes(answer, maxBytes)
  if (ending === 'whole') return text
  if (ending === 'large') throw brokenResponseError('The provider sent an answer that is too large to relay.')
  throw answer.ended() ?? brokenResponseError('The provider broke its answer off. Try again.', cause)
}

/** Reads what can be had of a body as text, at most `maxBytes` of it. It never throws: it is for the bodies of errors, whose
 *  status says enough. */
export const readSome = async (answer: UpstreamResponse, maxBytes: number): Promise<string> =>
  (await collectBytes(answer, maxBytes)).text

interface BodyResult {
  readonly text: string
  readonly ending: 'whole' | 'large' | 'cut'
  readonly cause?: Error
}

const collectBytes = ({ message, deadlines }: UpstreamResponse, maxBytes: number): Promise<BodyResult> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const end = (ending: BodyResult['ending'], cause?: Error): void => {
      deadlines.stop()
      if (ending !== 'whole') message.destroy()
      resolve({ text: Buffer.concat(pieces).toString(), ending, ...(cause && { cause }) })
    }
    message.on('data', (piece: Buffer) => {
      deadlines.startPhase('idle')
      size += piece.length
      if (size > maxBytes) return end('large')
      pieces.push(piece)
    })
    message.once('end', () => end('whole'))
    message.once('error', (cause) => end('cut', cause))
    message.once('close', () => end('cut'))
    message.resume()
  })
