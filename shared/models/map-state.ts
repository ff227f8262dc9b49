import { isGatewayError } from '../protocol/errors.ts'
import type { Log } from '../runtime/log.ts'
import type { RouteOptions } from './entries/entry-context.ts'
import { logLoadReport } from './load-report.ts'
import { createSnapshot, type Snapshot } from './snapshot.ts'
import type { LoadedMap, MapSource } from './sources/source.ts'

export interface MapStateOptions extends RouteOptions {
  /** Files and environment: the floor that a new instance starts from when the table cannot be read. */
  readonly local: MapSource
  /** The table; undefined: the model map is the local one. */
  readonly remote: MapSource | undefined
  readonly log: Log
  /** Default: the system's clock, in milliseconds. */
  readonly now?: () => number
}

/** What an instance serves, and how that stands to its source. */
export interface MapStatus {
  /** The map in use; undefined as long as none was loaded. */
  readonly snapshot: Snapshot | undefined
  /** Why the source's present content is not in use, as sentences; null when it is. */
  readonly lastError: string | null
  /** Whether the content was read but not taken, because it would replace a good map by a doubtful one. */
  readonly refused: boolean
}

/** The snapshot in use and what stands in the way of a newer one. A map that works is kept when the source is down or holds
 *  something doubtful. The methods must not run at the same time (`registry.ts` sees to it). */
export class MapState {
  private readonly options: MapStateOptions
  private readonly source: MapSource
  private snapshot: Snapshot | undefined
  /** The source's stamp when its content was last judged. */
  private stamp: string | undefined
  private outage: string | undefined
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

  /** Asks for the source's stamp and, if it changed, reads the source.
   *  @throws config_unavailable (503) */
  async check(): Promise<void> {
    const stamp = await this.source.revision()
    if (stamp !== this.stamp) await this.judge(await this.source.read(), stamp, false)
    this.outage = undefined
  }

  /** Reads the source and publishes what was taken.
   *  @throws config_unavailable (503) */
  async reload(force: boolean): Promise<void> {
    const stamp = await this.source.revision()
    const taken = await this.judge(await this.source.read(), stamp, force)
    this.outage = undefined
    if (taken) this.stamp = await this.source.publish(taken.version)
  }

  /** Notes that the source could not be read; an instance that has nothing yet starts from the local map. */
  async fail(thrown: unknown): Promise<void> {
    this.outage = isGatewayError(thrown) ? thrown.message : 'The model map could not be read.'
    this.options.log('warn', 'model_map_unavailable', { source: this.source.name, help: this.outage })
    await this.startLocally()
  }

  /** Takes what was read, unless it would do harm; a version that a reload published has been judged already. */
  private async judge(loaded: LoadedMap, stamp: string, force: boolean): Promise<Snapshot | undefined> {
    const next = this.snapshotOf(loaded)
    const objection = reasonToReject(loaded, next)
    // What could not be read is not in use, forced or not: of files, the rest is.
    const unread = loaded.source === 'local' ? loaded.warning : undefined
    this.stamp = stamp
    if (objection && this.hasBetter(next) && !(force && !unread) && next.version !== stamp) {
      const kept = this.snapshot ? 'The map in use was kept.' : 'Files and environment are used instead.'
      this.refusal = `${objection} ${kept}${unread ? '' : ' A reload with force takes the new one.'}`
      this.options.log('warn', 'model_map_refused', { source: this.source.name, help: this.refusal })
      await this.startLocally()
      return undefined
    }
    this.refusal = unread ?? (force ? undefined : loaded.emptyListReason)
    await this.install(next, loaded)
    return next
  }

  private hasBetter(next: Snapshot): boolean {
    return this.snapshot ? this.serves : this.options.remote !== undefined && next.models.length === 0
  }

  private async startLocally(): Promise<void> {
    const { local, remote } = this.options
    if (this.snapshot || !remote) return
    const loaded = await local.read()
    await this.install(this.snapshotOf(loaded), loaded)
  }

  private snapshotOf(loaded: LoadedMap): Snapshot {
    return createSnapshot(loaded, this.options, this.options.now)
  }

  private async install(next: Snapshot, { warning: doubt, emptyListReason: namesNothing }: LoadedMap): Promise<void> {
    const { source, version, models, rejected, unknownFields, unknownProviders } = next
    this.snapshot = next
    this.options.log('info', 'model_map_loaded', { source, version, models: models.length, rejected: rejected.length })
    if (models.length > 0 && rejected.length + unknownFields.length + unknownProviders.length === 0) return
    logLoadReport(next, doubt ?? namesNothing, this.options.log)
  }
}

/** Why what was read must not replace a map that works. */
const reasonToReject = (
  { warning: doubt, emptyListReason: namesNothing }: LoadedMap,
  { models }: Snapshot,
): string | undefined =>
  doubt ?? (models.length === 0 ? (namesNothing ?? 'No entry of the model map is usable.') : undefined)
