import { isGatewayError } from '../protocol/errors.ts'
import type { Log } from '../runtime/log.ts'
import { shouldKeepCurrent } from './keep-current.ts'
import { logLoadReport } from './load-report.ts'
import type { Snapshot } from './snapshot.ts'
import type { LoadedMap, MapSource } from './sources/source.ts'

/** The sources of the model map, and its validation. */
export interface MapStateOptions {
  /** Files and environment. A new instance uses this map when the table cannot be read. */
  readonly local: MapSource
  /** The table; undefined: the local map is the model map. */
  readonly remote: MapSource | undefined
  /** Validates a loaded map. */
  readonly toSnapshot: (loaded: LoadedMap) => Snapshot
  readonly log: Log
}

/** The map that an instance serves, compared with its source. */
export interface MapStatus {
  /** The map in use; undefined before the first load. */
  readonly snapshot: Snapshot | undefined
  /** Why the source's present content is not in use, as sentences; null if it is in use. */
  readonly lastError: string | null
  /** Whether the content was read but refused, because it would replace a good map by a doubtful one. */
  readonly refused: boolean
}

/** Holds the snapshot in use and the reason why a newer one is not in use. A working map stays in use when the source
 *  is down or its content is doubtful. The methods must not run at the same time: `registry.ts` calls them one after
 *  the other. */
export class MapState {
  private readonly options: MapStateOptions
  private readonly source: MapSource
  private snapshot: Snapshot | undefined
  /** The source's revision when its content was last checked. */
  private revision: string | undefined
  /** Why the source could not be read. */
  private outage: string | undefined
  /** Why the content that was read is not in use. */
  private refusal: string | undefined

  constructor(options: MapStateOptions) {
    this.options = options
    this.source = options.remote ?? options.local
  }

  get status(): MapStatus {
    const { snapshot, outage, refusal } = this
    return { snapshot, lastError: outage ?? refusal ?? null, refused: outage === undefined && refusal !== undefined }
  }

  /** Whether requests can be served with the snapshot. */
  get serves(): boolean {
    return (this.snapshot?.models.length ?? 0) > 0
  }

  /** Gets the source's revision and, if it changed, reads the source.
   *  @throws config_unavailable (503) */
  async refresh(): Promise<void> {
    const revision = await this.source.revision()
    if (revision !== this.revision) await this.apply(await this.source.read(), revision, false)
    this.outage = undefined
  }

  /** Reads the source and, unless the content is refused, publishes its version.
   *  @throws config_unavailable (503) */
  async reload(force: boolean): Promise<void> {
    const revision = await this.source.revision()
    const applied = await this.apply(await this.source.read(), revision, force)
    this.outage = undefined
    if (applied) this.revision = await this.source.publish(applied.version)
  }

  /** Records that the source could not be read. An instance that has no map yet starts with the local one. */
  async fail(thrown: unknown): Promise<void> {
    this.outage = isGatewayError(thrown) ? thrown.message : 'The model map could not be read.'
    this.options.log('warn', 'model_map_unavailable', { source: this.source.name, help: this.outage })
    await this.startLocally()
  }

  /** Puts a loaded map into use. Returns undefined if it is refused. */
  private async apply(loaded: LoadedMap, revision: string, force: boolean): Promise<Snapshot | undefined> {
    const next = this.options.toSnapshot(loaded)
    const problem = findMapProblem(loaded, next)
    // A file that cannot be read is not in use, even after a forced reload. The other files and variables are.
    const unreadFile = loaded.source === 'local' ? loaded.warning : undefined
    this.revision = revision
    const isUnreadable = unreadFile !== undefined
    const hasLocalMap = this.options.remote !== undefined
    const replacement = { current: this.snapshot, next, isUnreadable, force, revision, hasLocalMap }
    if (problem !== undefined && shouldKeepCurrent(replacement)) {
      await this.refuse(problem, isUnreadable)
      return undefined
    }
    this.refusal = unreadFile ?? (force ? undefined : loaded.emptyListReason)
    this.install(next, loaded)
    return next
  }

  private async refuse(problem: string, isUnreadable: boolean): Promise<void> {
    const instead = this.snapshot ? 'The map in use was kept.' : 'Files and environment are used instead.'
    this.refusal = `${problem} ${instead}${isUnreadable ? '' : ' A reload with force takes the new one.'}`
    this.options.log('warn', 'model_map_refused', { source: this.source.name, help: this.refusal })
    await this.startLocally()
  }

  private async startLocally(): Promise<void> {
    const { local, remote, toSnapshot } = this.options
    if (this.snapshot || !remote) return
    const loaded = await local.read()
    this.install(toSnapshot(loaded), loaded)
  }

  private install(next: Snapshot, { warning, emptyListReason }: LoadedMap): void {
    const { source, version, models, rejected, problems, unknownFields, unknownProviders } = next
    this.snapshot = next
    this.options.log('info', 'model_map_loaded', { source, version, models: models.length, rejected: rejected.length })
    const findings = [rejected, problems, unknownFields, unknownProviders]
    if (models.length > 0 && findings.every(({ length }) => length === 0)) return
    logLoadReport(next, warning ?? emptyListReason, this.options.log)
  }
}

/** Returns the fault of a loaded map as a whole; undefined if it has none. */
const findMapProblem = ({ warning, emptyListReason }: LoadedMap, { models }: Snapshot): string | undefined => {
  if (warning !== undefined || models.length > 0) return warning
  return emptyListReason ?? 'No entry of the model map is usable.'
}
