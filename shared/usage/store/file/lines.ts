import { open } from 'node:fs/promises'

/** A complete line of a file. */
export interface FileLine {
  readonly text: string
  /** The offset of the byte after the line break. */
  readonly end: number
}

const chunkBytes = 65_536
const newline = 0x0a

/** Reads the complete lines of a file from an offset on, a chunk at a time. Returns none if there is no file. The text after the last
 *  line break is left out: its writer has not finished it. */
export async function* readLines(path: string, start: number): AsyncGenerator<FileLine> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!file) return
  try {
    const chunk = Buffer.alloc(chunkBytes)
    let rest = Buffer.alloc(0)
    let end = start
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, end + rest.length)
      if (bytesRead === 0) return
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      let from = 0
      for (let to = rest.indexOf(newline); to >= 0; to = rest.indexOf(newline, from)) {
        end += to + 1 - from
        yield { text: rest.toString('utf8', from, to), end }
        from = to + 1
      }
      rest = rest.subarray(from)
    }
  } finally {
    await file.close()
  }
}

/** Whether the byte before an offset is a line break. `false` if it cannot be read. */
export const hasLineBreakBefore = async (path: string, offset: number): Promise<boolean> => {
  const file = await open(path).catch(() => undefined)
  const last = await file?.read(Buffer.alloc(1), 0, 1, offset - 1).catch(() => undefined)
  await file?.close()
  return last?.bytesRead === 1 && last.buffer[0] === newline
}
