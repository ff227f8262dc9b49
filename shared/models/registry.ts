import type { Log } from '../protocol/log.ts'
import { type LocalSourceOptions, loadLocalMap } from './local-source.ts'
import type { RouteOptions } from './model-map.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'

export type RegistryOptions = LocalSourceOptions & RouteOptions

/** What a reload did. */
export interface Reload {
  readonly snapshot: Snapshot
  /** Why the source could not be read; null when it could. */
  readonly lastError: string | null
}

/** Holds the current snapshot of the model map. */
export interface Registry {
  /** The snapshot to serve a request with; the first call loads it. */
  readonly current: () => Promise<Snapshot>
  /** Reads the source again and swaps the snapshot. */
  readonly reload: () => Promise<Reload>
}

/** A registry over files and environment. */
export const modelRegistry = (options: RegistryOptions): Registry => {
  let snapshot: Snapshot | undefined
  const load = (): Snapshot => {
    const loaded = snapshotOf(loadLocalMap(options), options)
    reportRejections(loaded, options.log)
    return loaded
  }
  return {
    current: () => {
      snapshot ??= load()
      return Promise.resolve(snapshot)
    },
    reload: () => {
      snapshot = load()
      return Promise.resolve({ snapshot, lastError: null })
    },
  }
}

const reportRejections = ({ rejected, models }: Snapshot, log: Log): void => {
  for (const { model, reason } of rejected) log('warn', 'model_rejected', { model, reason })
  if (models.length === 0)
    log('warn', 'no_models', {
      help: 'No model is set up. Fill model_map.json, MODEL_PROVIDER_MAP or the model table.',
    })
}
