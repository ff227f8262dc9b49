import { modelRegistry } from '../models/registry.ts'
import { configFromEnvironment } from './config.ts'
import type { Variables } from './variable.ts'

/** What `GET /health` adds for the holder of the admin key. This file is bundled apart from the entry and shares no class with
 *  it, so it throws no `GatewayError`: plain data is all that crosses. */
export type HealthDetail = () => Promise<{ readonly config: MapHealth }>

/** The model map of this instance: looked at as every other function looks at it, so it tells what they serve, too. */
export interface MapHealth {
  readonly source: string | null
  readonly version: string | null
  readonly models: number
  /** Seconds since the map in use was loaded; null when there is none. */
  readonly age_seconds: number | null
  /** Whether an older map, or the local one, is in use because of `last_error`. */
  readonly stale: boolean
  readonly last_error: string | null
}

/** Makes the detail of an environment. */
export const healthDetail = (environment: Variables): HealthDetail => {
  const config = configFromEnvironment(environment)
  const models = modelRegistry(config.models)
  return async () => {
    await models.current().catch(() => undefined)
    const { snapshot, lastError } = models.status()
    return {
      config: {
        source: snapshot?.source ?? null,
        version: snapshot?.version ?? null,
        models: snapshot?.models.length ?? 0,
        age_seconds: snapshot ? Math.max(0, Math.floor(Date.now() / 1000) - snapshot.loadedAt) : null,
        stale: lastError !== null,
        last_error: lastError,
      },
    }
  }
}
