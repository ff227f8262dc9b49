import { type BinaryLike, createHash } from 'node:crypto'
import type { Entries, Rejection } from '../entries/validate-map.ts'

/** The version of a model map: a digest of all that it was read from. 48 bits tell versions apart and give nothing away of the
 *  keys among the content. */
export const hashContent = (...pieces: readonly (BinaryLike | undefined)[]): string => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece ?? '').update('\0')
  return hash.digest('hex').slice(0, 12)
}

/** Where a model map can come from: files and environment, the table over MySQL's protocol, or the table over HTTPS. */
export type SourceName = 'local' | 'mysql' | 'rdb'

/** A model map and model list as their source spells them, not yet validated. */
export interface LoadedMap {
  readonly source: SourceName
  /** Digest of the content (`content-version.ts`). */
  readonly version: string
  /** Only entries that are switched on. */
  readonly entries: Entries
  /** What the source itself cannot stand by: names that it holds twice. */
  readonly rejected: readonly Rejection[]
  /** Names to offer; undefined: the map's own. */
  readonly list: readonly string[] | undefined
  /** Why this must not replace a map that works, as sentences; undefined: nothing speaks against it. */
  readonly warning: string | undefined
  /** Why the list leaves nothing to offer, as sentences, where it names nothing that the map has. */
  readonly emptyListReason?: string | undefined
}

/** A model map's source. Each call does one round trip after the other, never two at once.
 *  All throw config_unavailable (503) when the source cannot be read; the message says what to do. */
export interface MapSource {
  readonly name: SourceName
  /** The light query: a text that changes when instances should read the map again. */
  readonly revision: () => Promise<string>
  readonly read: () => Promise<LoadedMap>
  /** Makes a version the stamp of the source, which tells every other instance to read the map again; resolves to the stamp
   *  that the source has now. A source without a place for it keeps its own. */
  readonly publish: (version: string) => Promise<string>
}
