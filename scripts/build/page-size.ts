import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Returns the bytes of all files of a built page, each compressed by gzip as web servers do. 0: it is not built.
 *  @param folder such as `dist/web/playground` */
export const measurePage = (folder: string): number => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => gzipSync(readFileSync(join(entry.parentPath, entry.name))).length)
      .reduce((sum, bytes) => sum + bytes, 0)
  } catch {
    return 0
  }
}
