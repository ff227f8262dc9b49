import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Appends to a file that stays open while it is busy. */
export interface FileAppender {
  /** Resolves when the text is in the file. Texts that come while another is written go out together. */
  readonly append: (text: string) => Promise<void>
  /** The file's size before anything was appended; undefined where nothing has been. */
  readonly sizeBefore: () => number | undefined
  readonly end: () => Promise<void>
}

/** A file's size; 0 where there is none. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

/** How long a file is kept open, in milliseconds: one that was moved or deleted meanwhile gets no more lines after that. */
const openMs = 1_000

/** An appender to a file, which is created, its folder too, with the first text. */
export const fileAppender = (path: string): FileAppender => {
  let file: { readonly opening: Promise<WriteStream>; readonly since: number } | undefined
  let sizeBefore: number | undefined

  const forget = (): void => {
    file = undefined
  }
  const open = async (): Promise<WriteStream> => {
    await mkdir(dirname(path), { recursive: true })
    sizeBefore ??= await sizeOf(path)
    const stream = createWriteStream(path, { flags: 'a' })
    // A failure reaches whoever is appending; the next one opens the file anew.
    stream.on('error', forget)
    await once(stream, 'open')
    return stream
  }
  const close = async (): Promise<void> => {
    const closing = file
    forget()
    const stream = await closing?.opening.catch(() => undefined)
    stream?.end()
  }
  const current = (): Promise<WriteStream> => {
    const now = performance.now()
    if (file && now - file.since > openMs) void close()
    file ??= { opening: open(), since: now }
    const { opening } = file
    opening.catch(forget)
    return opening
  }
  return {
    append: async (text) => {
      const stream = await current()
      await new Promise<void>((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())))
    },
    sizeBefore: () => sizeBefore,
    end: close,
  }
}
