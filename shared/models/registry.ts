import { GatewayError } from '../protocol/errors.ts'
import { MapState, type MapStateOptions, type MapStatus } from './map-state.ts'
import { createRefreshBackoff } from './refresh-backoff.ts'
import type { Snapshot } from './snapshot.ts'

export interface RegistryOptions extends MapStateOptions {
  /** Time between two looks at the source's stamp, in milliseconds. */
  readonly ttlMs: number
}

export interface ReloadOptions {
  /** Takes the content even where it is empty or in doubt, but for files that cannot be read: of them nothing is known. */
  readonly force: boolean
}

/** Holds the current snapshot of the model map. */
export interface Registry {
  /** The snapshot to serve a request with. The first call loads it; after that, one call each `ttlMs` asks the source for its
   *  stamp and, if that changed, reads it again.
   *  @throws config_unavailable (503) when the source cannot be read and there is no other map */
  readonly current: () => Promise<Snapshot>
  /** Reads the source now, swaps the snapshot, and publishes the version to the other instances. */
  readonly reload: (options: ReloadOptions) => Promise<MapStatus>
  readonly status: () => MapStatus
}

/** A registry: one a process. Snapshots are immutable and swapped whole, so a request keeps the one it began with. Refreshes run
 *  one at a time and only for a request that waits for them: nothing goes on after a reply. */
export const createRegistry = (options: RegistryOptions): Registry => {
  const map = new MapState(options)
  const clock = createRefreshBackoff(options.ttlMs, options.now)
  let running: Promise<void> | undefined

  const refresh = (work: () => Promise<void>): Promise<void> => {
    const run = (running ?? Promise.resolve())
      .then(work)
      .then(clock.succeeded, async (thrown: unknown) => {
        await map.fail(thrown)
        clock.failed(map.serves)
      })
      .finally(() => {
        if (running === run) running = undefined
      })
    running = run
    return run
  }

  /** While the source is down, one request at a time looks whether it is back; the others are served at once. */
  const mustWait = (): boolean => {
    const { snapshot, lastError } = map.status
    return snapshot === undefined || (clock.isDue() && !(running && lastError !== null && map.serves))
  }

  return {
    current: async () => {
      if (mustWait()) await (running ?? refresh(() => map.check()))
      return requireSnapshot(map.status)
    },
    reload: async ({ force }) => {
      await refresh(() => map.reload(force))
      return map.status
    },
    status: () => map.status,
  }
}

const requireSnapshot = ({ snapshot, lastError, refused }: MapStatus): Snapshot => {
  if (snapshot && (snapshot.models.length > 0 || lastError === null || refused)) return snapshot
  const message = 'The model map cannot be read just now. Try again in a few seconds.'
  throw new GatewayError(503, 'config_unavailable', message)
}
