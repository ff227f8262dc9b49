import { noCors } from '../http/cors.ts'
import { endpoint } from '../http/endpoint.ts'
import { type EventFunction, eventFunction } from '../http/event-function.ts'
import { matchesPath } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { modelRegistry, type Reload } from '../models/registry.ts'
import type { Config } from './config.ts'

/** What a reload answers, over HTTP and to the console alike. */
export interface ReloadReport {
  readonly ok: boolean
  readonly data: {
    readonly source: string
    /** Unix time in seconds. */
    readonly last_loaded_at: number
    readonly last_error: string | null
    /** Number of models that can be used. */
    readonly models: number
    /** Entries that could not be used, and why. */
    readonly rejected: readonly { readonly model: string; readonly reason: string }[]
  }
}

/** The report of a reload. */
export const reloadReport = ({ snapshot, lastError }: Reload): ReloadReport => ({
  ok: lastError === null,
  data: {
    source: snapshot.source,
    last_loaded_at: snapshot.loadedAt,
    last_error: lastError,
    models: snapshot.models.length,
    rejected: snapshot.rejected,
  },
})

/** `POST /admin/reload`: reads the model map again, for the holder of the admin key. */
export const reload = (config: Config): Handler => {
  const models = modelRegistry(config.models)
  const serves = (path: string): boolean => matchesPath(path, '/admin/reload')

  return endpoint({ ...config.edge, cors: noCors, method: 'POST', serves }, async (request) => {
    await config.auth.adminKey.require(request.headers)
    return jsonReply(reloadReport(await models.reload()))
  })
}

/** The same for the console's test button and the timer. */
export const reloadEvent = (config: Config): EventFunction => {
  const models = modelRegistry(config.models)
  return eventFunction(async () => reloadReport(await models.reload()), config.edge.log)
}
