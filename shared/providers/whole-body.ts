import { GatewayError } from '../protocol/errors.ts'
import type { UpstreamResponse } from './upstream.ts'

/** Reads the whole body of an answer as text, at most `maxBytes` of it.
 *  @throws upstream_error (502) when it is larger or ends early, upstream_timeout (504) */
export const readWhole = ({ message, deadlines, ended }: UpstreamResponse, maxBytes: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const fail = (error: GatewayError) => {
      deadlines.stop()
      message.destroy()
      reject(error)
    }
    message.on('data', (piece: Buffer) => {
      deadlines.enter('idle')
      size += piece.length
      if (size > maxBytes) return fail(broken('The provider sent an answer that is too large to relay.'))
      pieces.push(piece)
    })
    message.once('end', () => {
      deadlines.stop()
      resolve(Buffer.concat(pieces).toString())
    })
    message.once('error', (cause) => fail(ended() ?? broken('The provider broke its answer off. Try again.', cause)))
  })

const broken = (message: string, cause?: Error): GatewayError =>
  new GatewayError(502, 'upstream_error', message, cause && { cause })
