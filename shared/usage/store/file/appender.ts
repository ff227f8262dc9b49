import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasLineBreakBefore } from './lines.ts'

/** Appends to a file that stays open while it is busy. */
export interface FileAppender {
  /** Resolves when the text is written. Starts a new line if the last one is incomplete because its writer died or failed.
   *  Concurrent writes are batched. */
  readonly append: (text: string) => Promise<void>
  /** The file's size before the first text; undefined if no text was appended yet. */
  readonly sizeBefore: () => number | undefined
  /** Closes the file. */
  readonly end: () => Promise<void>
}

/** Returns the size of a file in bytes; 0 if there is none. */
export const getFileSize = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

/** Whether the file ends within a line. Another process may be writing that line at this moment. Then our line break makes an empty
 *  line, which a replay ignores. */
const hasPartialLine = async (path: string): Promise<boolean> => {
  const size = await getFileSize(path)
  return size > 0 && !(await hasLineBreakBefore(path, size))
}

/** Opens a file for appending, and starts a new line if the last one is incomplete. */
const openStream = async (path: string): Promise<WriteStream> => {
  const stream = createWriteStream(path, { flags: 'a' })
  // The callback of `write` handles the failure.
  stream.on('error', () => undefined)
  await once(stream, 'open')
  if (await hasPartialLine(path)) stream.write('\n')
  return stream
}

/** How long a file stays open, in milliseconds. After that, a file that was moved or deleted gets no more lines. */
const maxOpenMs = 1_000

/** A file that is open or is being opened. */
interface OpenFile {
  readonly opening: Promise<WriteStream>
  /** The time by `performance.now()`. */
  readonly since: number
}

/** Creates an appender. The file and its folder are created with the first text. */
export const createFileAppender = (path: string): FileAppender => {
  let file: OpenFile | undefined
  let sizeBefore: number | undefined

  /** Makes the next text open the file again. */
  const discard = (failed: OpenFile): void => {
    if (file === failed) file = undefined
  }
  const open = async (): Promise<WriteStream> => {
    await mkdir(dirname(path), { recursive: true })
    sizeBefore ??= await getFileSize(path)
    return openStream(path)
  }
  const close = async (): Promise<void> => {
    const closing = file
    file = undefined
    const stream = await closing?.opening.catch(() => undefined)
    stream?.end()
  }
  const getOpenFile = (): OpenFile => {
    const now = performance.now()
    if (file && now - file.since > maxOpenMs) void close()
    if (file) return file
    const opened = { opening: open(), since: now }
    opened.opening.catch(() => discard(opened))
    file = opened
    return opened
  }
  return {
    append: async (text) => {
      const opened = getOpenFile()
      const stream = await opened.opening
      await new Promise<void>((resolve, reject) => {
        stream.write(text, (error) => {
          if (!error) return resolve()
          discard(opened)
          reject(error)
        })
      })
    },
    sizeBefore: () => sizeBefore,
    end: close,
  }
}
