import { brokenOff, type UpstreamResponse } from './upstream.ts'

/** The first bytes of an answer that are not blank, as text. They stay in the answer, to be read again.
 *  @throws upstream_error (502) when the answer ends without any, upstream_timeout (504) */
export const beginningOf = ({ message, deadlines, ended }: UpstreamResponse): Promise<string> =>
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
      reject(ended() ?? brokenOff('The provider sent an empty answer.'))
    }
    const detach = (): void => {
      message.off('data', onData).off('end', onEnd).off('error', onEnd).off('close', onEnd)
    }
    message.on('data', onData).once('end', onEnd).once('error', onEnd).once('close', onEnd)
  })

/** Blank bytes read before an answer is given up as blank. */
const maxBlankBytes = 65_536
