import { open } from 'node:fs/promises'

/** A whole line of a file, and the byte after it. */
export interface FileLine {
  readonly text: string
  readonly end: number
}

const chunkBytes = 65_536
const newline = 0x0a

/** The whole lines of a file from a byte on, a chunk of the file at a time; none where there is no file. What follows the last
 *  line break is a line that is still being written. */
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

/** Whether the byte before a place in a file is a line break; no where it cannot be read. */
export const hasLineBreakBefore = async (path: string, place: number): Promise<boolean> => {
  const file = await open(path).catch(() => undefined)
  const last = await file?.read(Buffer.alloc(1), 0, 1, place - 1).catch(() => undefined)
  await file?.close()
  return last?.bytesRead === 1 && last.buffer[0] === newline
}
