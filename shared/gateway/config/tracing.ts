import { resolve } from 'node:path'
import type { Attributes } from '@opentelemetry/api'
import type { Log, LogFields } from '../../runtime/log.ts'
import type { Redactor } from '../../runtime/redactor.ts'

type Api = typeof import('@opentelemetry/api')

/** Records a span from the fields of a request's log line, when the request has ended. */
export type Trace = (fields: LogFields) => void

/** Options of tracing. */
export interface TracingOptions {
  /** The module that exports OpenTelemetry's API: the name of a package, or a path relative to the working
   *  directory. */
  readonly module: string
  readonly redactor: Redactor
  readonly log: Log
}

/** Loads OpenTelemetry's API, which the deployer installs (version 1.9 and above), and traces with it. If the module
 *  cannot be loaded, it logs that and requests are not traced. This file is bundled apart and loaded only if
 *  `TRACING_MODULE` is set. */
export const createTracing = async ({ module, redactor, log }: TracingOptions): Promise<Trace> => {
  try {
    const api = (await import(/^[./]/.test(module) ? resolve(module) : module)) as Api
    const tracer = api.trace.getTracer('cloudbase-llm-gateway')
    return (fields) => recordSpan(api, tracer, cleanFields(fields, redactor))
  } catch {
    const help =
      'TRACING_MODULE names no module that can be loaded and exports trace. Correct it, or install the module.'
    log('warn', 'tracing_unavailable', { help })
    return () => undefined
  }
}

/** Records one span per request. The name and attributes of a model call follow OpenTelemetry's "Semantic conventions
 *  for generative client AI spans" (1.37). */
const recordSpan = (api: Api, tracer: ReturnType<Api['trace']['getTracer']>, fields: LogFields): void => {
  const { duration_ms: duration, method } = fields
  const startedAt = Date.now() - Number(duration)
  const model = fields['gen_ai.request.model']
  const attributes = toAttributes(fields)
  const span = tracer.startSpan(model ? `${fields['gen_ai.operation.name']} ${model}` : String(method), {
    kind: model ? api.SpanKind.CLIENT : api.SpanKind.SERVER,
    startTime: new Date(startedAt),
    attributes,
  })
  let passedMs = 0
  for (const phase of tracedPhases) {
    const phaseMs = fields[`${phase}_ms`]
    if (typeof phaseMs !== 'number') continue
    passedMs += phaseMs
    span.addEvent(phase, new Date(startedAt + passedMs))
  }
  if (attributes['error.type'] !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR })
  span.end(new Date(startedAt + Number(duration)))
}

/** The phases of a request. A span event marks the end of each. */
const tracedPhases = ['auth', 'body', 'route', 'first_byte', 'stream', 'record'] as const

/** OpenTelemetry's names for our fields. Other fields keep their name, with the prefix `gateway.`. */
const attributeNames: Readonly<Record<string, string>> = {
  method: 'http.request.method',
  path: 'url.path',
  status: 'http.response.status_code',
  error_code: 'error.type',
}

/** Fields that are left out. Traces often go to another company, so they contain no user. */
const omittedFields: ReadonlySet<string> = new Set(['user_id', 'duration_ms'])

const toAttributes = (fields: LogFields): Attributes => {
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null || omittedFields.has(name)) continue
    attributes[name.startsWith('gen_ai.') ? name : (attributeNames[name] ?? `gateway.${name}`)] = value
  }
  const { outcome } = fields
  if (outcome && outcome !== 'complete') attributes['error.type'] ??= String(outcome)
  return attributes
}

const cleanFields = (fields: LogFields, redactor: Redactor): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redactor.clean(value) : value]),
  )
