import { randomUUID } from 'node:crypto'
import { type ErrorBody, toErrorBody, toGatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'
import type { Log } from '../runtime/log.ts'
import type { Redactor } from '../runtime/redactor.ts'

/** What the platform calls an Event function with: the timer's or the console's event, and the invocation's context. */
export type EventFunction = (event: unknown, context: unknown) => Promise<unknown>

export interface EventFunctionOptions {
  readonly log: Log
  readonly redactor: Redactor
}

/** Makes an Event function's `main` of what it does: anything thrown is logged and becomes the returned error body, because
 *  the platform would run a failed timer again and again. */
export const createEventFunction =
  (run: (event: JsonObject) => Promise<object>, { log, redactor }: EventFunctionOptions): EventFunction =>
  async (event, context) => {
    const requestId = getRequestId(context)
    try {
      return await run(isObject(event) ? event : {})
    } catch (thrown) {
      const error = toGatewayError(thrown)
      log(error.status < 500 ? 'warn' : 'error', 'event_failed', { request_id: requestId, error_code: error.code })
      return { ok: false, ...toErrorBody(error, requestId, redactor) } satisfies ErrorBody & { ok: false }
    }
  }

/** The platform's id of an invocation, as far as it looks like one. */
const getRequestId = (context: unknown): string => {
  const id = isObject(context) ? context['request_id'] : undefined
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : randomUUID()
}
