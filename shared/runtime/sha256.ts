import { createHash } from 'node:crypto'

/** Returns the SHA-256 digest of a token or key, which is kept and compared in its place. */
export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
