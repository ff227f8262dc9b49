import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** The files of a page by their path in its folder, such as `index.html` or `assets/index.js`. */
export type PageFiles = ReadonlyMap<string, Buffer>

/** Reads the files of a built page. If its folder is missing there are none.
 *  @param folder such as `dist/web/playground` */
export const readPageFiles = (folder: string): PageFiles =>
  new Map(listFiles(folder).map((file) => [relative(folder, file).split(sep).join('/'), readFileSync(file)]))

const listFiles = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}
