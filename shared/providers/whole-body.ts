import { brokenOff, type UpstreamResponse } from './upstream.ts'

/** Reads the whole body of an answer as text, at most `maxBytes` of it.
 *  @throws upstream_error (502) when it is larger or ends early, upstream_timeout (504) */
export const readWhole = async (answer: UpstreamResponse, maxBytes: number): Promise<string> => {
  const { text, ending, cause } = await read(answer, maxBytes)
  if (ending === 'whole') return text
  if (ending === 'large') throw brokenOff('The provider sent an answer that is too large to relay.')
  throw answer.ended() ?? brokenOff('The provider broke its answer off. Try again.', cause)
}

/** Reads what can be had of a body as text, at most `maxBytes` of it. It never throws: it is for the bodies of errors, whose
 *  status says enough. */
export const readSome = async (answer: UpstreamResponse, maxBytes: number): Promise<string> =>
  (await read(answer, maxBytes)).text

interface Reading {
  readonly text: string
  readonly ending: 'whole' | 'large' | 'cut'
  readonly cause?: Error
}

const read = ({ message, deadlines }: UpstreamResponse, maxBytes: number): Promise<Reading> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const end = (ending: Reading['ending'], cause?: Error): void => {
      deadlines.stop()
      if (ending !== 'whole') message.destroy()
      resolve({ text: Buffer.concat(pieces).toString(), ending, ...(cause && { cause }) })
    }
    message.on('data', (piece: Buffer) => {
      deadlines.enter('idle')
      size += piece.length
      if (size > maxBytes) return end('large')
      pieces.push(piece)
    })
    message.once('end', () => end('whole'))
    message.once('error', (cause) => end('cut', cause))
    message.once('close', () => end('cut'))
    message.resume()
  })
