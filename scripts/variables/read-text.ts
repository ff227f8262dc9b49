import { readFileSync } from 'node:fs'

/** Reads a text file without the byte order mark that editors on Windows may write. The mark of UTF-16, in which `>` of Windows
 *  PowerShell 5.1 writes, is followed. */
export const readText = (path: string): string => {
  const bytes = readFileSync(path)
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return bytes.toString(isUtf16 ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '')
}
