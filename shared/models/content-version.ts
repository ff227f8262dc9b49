import { type BinaryLike, createHash } from 'node:crypto'

/** The version of a model map: a digest of all that it was read from. 48 bits tell versions apart and give nothing away of the
 *  keys among the content. */
export const contentVersion = (...pieces: readonly (BinaryLike | undefined)[]): string => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece ?? '').update('\0')
  return hash.digest('hex').slice(0, 12)
}
