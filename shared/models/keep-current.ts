import type { Snapshot } from './snapshot.ts'

/** A loaded map that has a problem and could replace the map in use. */
export interface Replacement {
  /** The map in use; undefined if the instance has none yet. */
  readonly current: Pick<Snapshot, 'models'> | undefined
  readonly next: Pick<Snapshot, 'models' | 'version'>
  /** Whether the problem is a file that cannot be read. Force does not help then: nothing is known of the file's
   *  content. */
  readonly isUnreadable: boolean
  /** Whether the operator wants the loaded map in spite of its problem. */
  readonly force: boolean
  /** The source's revision. It is `next.version` if an instance has published that map: the operator forced it
   *  there. */
  readonly revision: string
  /** Whether an instance without a map can use the local map instead. */
  readonly hasLocalMap: boolean
}

/** Whether the map in use is better than a loaded map that has a problem. Without a map in use, the local map is better
 *  than a table from which no model can be used. */
export const shouldKeepCurrent = (replacement: Replacement): boolean => {
  const { current, next, isUnreadable, force, revision, hasLocalMap } = replacement
  if (next.version === revision) return false
  if (force && !isUnreadable) return false
  return current ? current.models.length > 0 : hasLocalMap && next.models.length === 0
}
