import type { Target } from '../../protocol/route.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { sha256 } from '../../runtime/sha256.ts'

/** Characters of a target's id. */
export const targetIdLength = 15

/** Names a target in the stores that instances share: a digest of its address, key and model, in hexadecimal digits.
 *  Entries that share all three share a rest and `max_concurrency`. */
export const getTargetId = memoizeWeak(({ apiBase, apiKey = '', upstreamModel }: Target): string =>
  sha256([apiBase, apiKey, upstreamModel].join('\n')).toString('hex').slice(0, targetIdLength),
)
