import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasLineBreakBefore } from './lines.ts'

/** Appends to a file that stays open while it is busy. */
export interface FileAppender {
  /** Resolves when the text is in the file, at the beginning of a line where whoever appended before this file was opened has died
   *  or failed within one. Texts that come while another is written go out together. */
  readonly append: (text: string) => Promise<void>
  /** The file's size before anything was appended; undefined where nothing has been. */
  readonly sizeBefore: () => number | undefined
  readonly end: () => Promise<void>
}

/** A file's size; 0 where there is none. */
export const getFileSize = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

/** Whether what is appended to a file would become part of a line that is there. Another process may be writing that line at this
 *  moment: then what comes of it is an empty line, which says nothing to a replay. */
const hasPartialLine = async (path: string): Promise<boolean> => {
  const size = await getFileSize(path)
  return size > 0 && !(await hasLineBreakBefore(path, size))
}

/** How long a file is kept open, in milliseconds: one that was moved or deleted meanwhile gets no more lines after that. */
const maxOpenMs = 1_000

/** A file that is open, or is being opened, and since when. */
interface OpenFile {
  readonly opening: Promise<WriteStream>
  readonly since: number
}

/** An appender to a file, which is created, its folder too, with the first text. */
export const createFileAppender = (path: string): FileAppender => {
  let file: OpenFile | undefined
  let sizeBefore: number | undefined

  /** The next text opens the file anew. */
  const forget = (gone: OpenFile): void => {
    if (file === gone) file = undefined
  }
  const open = async (): Promise<WriteStream> => {
    await mkdir(dirname(path), { recursive: true })
    sizeBefore ??= await getFileSize(path)
    const stream = createWriteStream(path, { flags: 'a' })
    // A failure reaches whoever is appending.
    stream.on('error', () => undefined)
    await once(stream, 'open')
    if (await hasPartialLine(path)) stream.write('\n')
    return stream
  }
  const close = async (): Promise<void> => {
    const closing = file
    file = undefined
    const stream = await closing?.opening.catch(() => undefined)
    stream?.end()
  }
  const current = (): OpenFile => {
    const now = performance.now()
    if (file && now - file.since > maxOpenMs) void close()
    if (file) return file
    const opened = { opening: open(), since: now }
    opened.opening.catch(() => forget(opened))
    file = opened
    return opened
  }
  return {
    append: async (text) => {
      const opened = current()
      const stream = await opened.opening
      await new Promise<void>((resolve, reject) => {
        stream.write(text, (error) => {
          if (!error) return resolve()
          forget(opened)
          reject(error)
        })
      })
    },
    sizeBefore: () => sizeBefore,
    end: close,
  }
}
