import { type BinaryLike, createHash } from 'node:crypto'
import type { Entries, Rejection } from '../entries/validate-map.ts'

/** The kinds of source of a model map: files and environment, the table over MySQL's protocol, or the table over
 *  HTTPS. */
export type SourceName = 'local' | 'mysql' | 'rdb'

/** A model map and model list as their source spells them, not yet validated. */
export interface LoadedMap {
  readonly source: SourceName
  /** Digest of the content (`hashContent`). */
  readonly version: string
  /** The entries that are switched on. */
  readonly entries: Entries
  /** Entries that the source itself rejects, such as a name that occurs twice. */
  readonly rejected: readonly Rejection[]
  /** Names to offer; undefined: the map's own. */
  readonly list: readonly string[] | undefined
  /** Why this map must not replace a working one, as sentences; undefined if it may. */
  readonly warning: string | undefined
  /** Why no model is offered, as sentences, if the list names no entry of the map. */
  readonly emptyListReason?: string | undefined
}

/** A source of the model map. Its methods make one round trip after the other, never two at once. All throw
 *  config_unavailable (503) when the source cannot be read; the message names the remedy. */
export interface MapSource {
  readonly name: SourceName
  /** The light query. Resolves to a text that changes when instances should read the map again. */
  readonly revision: () => Promise<string>
  readonly read: () => Promise<LoadedMap>
  /** Makes a version the revision of the source, so that every other instance reads the map again. Resolves to the
   *  revision that the source has now: its own if it cannot store one. */
  readonly publish: (version: string) => Promise<string>
}

/** Computes the version of a model map: a digest of all content that it was read from. 48 bits are enough to
 *  distinguish versions, and too few to reveal the keys in the content. */
export const hashContent = (...pieces: readonly (BinaryLike | undefined)[]): string => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece ?? '').update('\0')
  return hash.digest('hex').slice(0, 12)
}
