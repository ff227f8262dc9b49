import { GatewayError } from '../protocol/errors.ts'
import type { Log } from '../runtime/log.ts'
import type { ValidationOptions } from './entries/entry-context.ts'
import { MapState, type MapStatus } from './map-state.ts'
import { createRefreshBackoff } from './refresh-backoff.ts'
import { createSnapshot, type Snapshot } from './snapshot.ts'
import type { MapSource } from './sources/source.ts'

/** The sources of the model map and how they are read. */
export interface RegistryOptions {
  /** Files and environment. A new instance uses this map when the table cannot be read. */
  readonly local: MapSource
  /** The table; undefined: the local map is the model map. */
  readonly remote: MapSource | undefined
  /** Time between two checks of the source's revision, in milliseconds. */
  readonly ttlMs: number
  /** How entries are validated. */
  readonly validation: ValidationOptions
  readonly log: Log
  /** Default: the system's clock, in milliseconds. */
  readonly now?: () => number
}

/** How a reload treats doubtful content. */
export interface ReloadOptions {
  /** Whether to use the content even if it is empty or doubtful. It does not apply to files that cannot be read:
   *  nothing is known of their content. */
  readonly force: boolean
}

/** Holds the current snapshot of the model map. */
export interface Registry {
  /** Returns the snapshot to serve a request with. The first call loads it. After that, one call per `ttlMs` gets the
   *  source's revision and, if it changed, reads the source again.
   *  @throws config_unavailable (503) when the source cannot be read and there is no other map */
  readonly current: () => Promise<Snapshot>
  /** Reads the source now, replaces the snapshot, and publishes the version to the other instances. */
  readonly reload: (options: ReloadOptions) => Promise<MapStatus>
  readonly status: () => MapStatus
}

/** Creates the registry of a process. Snapshots are immutable and replaced whole, so a request keeps the one it began
 *  with. Refreshes run one at a time and only while a request waits for them: nothing runs after a reply. */
export const createRegistry = ({ local, remote, ttlMs, validation, log, now }: RegistryOptions): Registry => {
  const map = new MapState({ local, remote, toSnapshot: (loaded) => createSnapshot(loaded, validation, now), log })
  const backoff = createRefreshBackoff(ttlMs, now)
  let running: Promise<void> | undefined

  const run = (work: () => Promise<void>): Promise<void> => {
    const current = (running ?? Promise.resolve())
      .then(work)
      .then(backoff.recordSuccess, async (thrown: unknown) => {
        await map.fail(thrown)
        backoff.recordFailure(map.serves)
      })
      .finally(() => {
        if (running === current) running = undefined
      })
    running = current
    return current
  }

  /** While the source is down, only one request at a time waits for another try. The others get the map in use at
   *  once. */
  const mustWait = (): boolean => {
    const { snapshot, lastError } = map.status
    return snapshot === undefined || (backoff.isDue() && !(running && lastError !== null && map.serves))
  }

  return {
    current: async () => {
      if (mustWait()) await (running ?? run(() => map.refresh()))
      return requireSnapshot(map.status)
    },
    reload: async ({ force }) => {
      await run(() => map.reload(force))
      return map.status
    },
    status: () => map.status,
  }
}

/** Returns the map in use. An empty map is served if the source's content was read. During an outage it is a 503
 *  instead, because a retry may succeed. */
const requireSnapshot = ({ snapshot, lastError, refused }: MapStatus): Snapshot => {
  if (snapshot && (snapshot.models.length > 0 || lastError === null || refused)) return snapshot
  const message = 'The model map cannot be read just now. Try again in a few seconds.'
  throw new GatewayError(503, 'config_unavailable', message)
}
