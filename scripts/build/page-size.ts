import { gzipSync } from 'node:zlib'
import { readPageFiles } from '../web/page-files.ts'
import type { PagePart } from '../web/pages.ts'

/** The sizes of a built page in bytes, each file compressed by gzip as web servers do. */
export interface PageSize {
  /** Its own files. 0: it is not built. */
  readonly own: number
  /** The package that it loads later. */
  readonly part: number
}

/** Measures a built page.
 *  @param folder such as `dist/web/playground`
 *  @param part the package that it loads later */
export const measurePage = (folder: string, part?: PagePart): PageSize => {
  const files = [...readPageFiles(folder)].map(([name, content]) => ({ name, bytes: gzipSync(content).length }))
  const isPart = (name: string): boolean => part !== undefined && name.startsWith(`assets/${part.file}`)
  const sum = (own: boolean): number =>
    files.filter(({ name }) => isPart(name) !== own).reduce((total, { bytes }) => total + bytes, 0)
  return { own: sum(true), part: sum(false) }
}
