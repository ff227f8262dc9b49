import { noCors } from '../http/cors.ts'
import { endpoint } from '../http/endpoint.ts'
import { createEventFunction, type EventFunction } from '../http/event-function.ts'
import { matchesPath } from '../http/path.ts'
import { readBody } from '../http/read-body.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import type { Rejection } from '../models/entries/validate-map.ts'
import type { MapStatus } from '../models/map-state.ts'
import { createRegistry } from '../models/registry.ts'
import { GatewayError, toErrorBody } from '../protocol/errors.ts'
import { parseRawJson } from '../protocol/raw-json.ts'
import type { Redactor } from '../runtime/redactor.ts'
import type { CoreConfig } from './config/config.ts'
import type { Variables } from './config/variables/variable.ts'
import { rejectEndUsers } from './reject-end-users.ts'

/** The result of a reload, over HTTP and for the console alike. */
export interface ReloadReport {
  /** Whether the source's current content is in use now. */
  readonly ok: boolean
  readonly data: {
    readonly source: string
    /** Unix time in seconds. */
    readonly last_loaded_at: number
    /** Why the source's content is not in use. Null if it is. */
    readonly last_error: string | null
    /** Number of models that can be used. */
    readonly models: number
    /** Digest of the content in use. Instances with the same version serve the same map. */
    readonly version: string
    /** Entries that could not be used, and why. */
    readonly rejected: readonly Rejection[]
    /** Targets, keys and fallbacks of usable entries that cannot be used, and why. */
    readonly problems: readonly Rejection[]
    /** Columns and fields with unknown names. */
    readonly unknown_fields: readonly string[]
    /** Whether an older map, or the local one, is in use instead of the source's content. */
    readonly stale: boolean
  }
}

/** Creates the report on the model map in use. Names come from the author of the map, so they are redacted: one may be
 *  a key that was put in the wrong place. */
const toReloadReport = ({ snapshot, lastError }: MapStatus, redactor: Redactor): ReloadReport => ({
  ok: lastError === null,
  data: {
    source: snapshot?.source ?? 'local',
    last_loaded_at: snapshot?.loadedAt ?? 0,
    last_error: lastError,
    models: snapshot?.models.length ?? 0,
    version: snapshot?.version ?? '',
    rejected: cleanRejections(snapshot?.rejected, redactor),
    problems: cleanRejections(snapshot?.problems, redactor),
    unknown_fields: (snapshot?.unknownFields ?? []).map(redactor.clean),
    stale: lastError !== null,
  },
})

const cleanRejections = (rejections: readonly Rejection[] = [], { clean }: Redactor): Rejection[] =>
  rejections.map(({ model, reason }) => ({ model: clean(model), reason: clean(reason) }))

/** `POST /admin/reload`: reads the model map again, for the holder of the admin key. A body of `{"force": true}`
 *  accepts even content that is empty or doubtful, except for files that cannot be read. If the source cannot be read,
 *  the reply is a 503. If its content was not accepted, it is a 409. Both have the report beside the error. */
export const reload = (config: CoreConfig): Handler => {
  const models = createRegistry(config.models)
  const serves = (path: string): boolean => matchesPath(path, '/admin/reload')

  return endpoint({ ...config.server, cors: noCors, method: 'POST', serves }, async (request) => {
    await config.auth.adminKey.require(request.headers)
    request.timing.markAuthenticated(true)
    const body = await readBody(request.message, config.server.maxBodyBytes)
    const status = await models.reload({ force: body.length > 0 && parseRawJson(body).fields['force'] === true })
    const report = toReloadReport(status, config.server.redactor)
    const error = getReloadError(status)
    return error
      ? jsonReply({ ...toErrorBody(error, request.id, config.server.redactor), ...report }, error.status)
      : jsonReply(report)
  })
}

/** The same for the console's test button and the timer, with `{"force": true}` in the event. A call on behalf of an
 *  app's user is rejected: it came from a client.
 *  @param environment the live one, because the platform may write a caller's identity into it with each call
 *  @throws permission_denied (403) */
export const reloadEvent = (config: CoreConfig, environment: Variables): EventFunction => {
  const models = createRegistry(config.models)
  return createEventFunction(async (event, context): Promise<ReloadReport> => {
    rejectEndUsers({ event, context, environment })
    return toReloadReport(await models.reload({ force: event['force'] === true }), config.server.redactor)
  }, config.server)
}

const getReloadError = ({ lastError, refused }: MapStatus): GatewayError | undefined => {
  if (lastError === null) return undefined
  return refused
    ? new GatewayError(409, 'gateway_misconfigured', lastError)
    : new GatewayError(503, 'config_unavailable', lastError)
}
