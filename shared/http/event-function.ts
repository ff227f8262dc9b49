import { randomUUID } from 'node:crypto'
import { type ErrorBody, toErrorBody, toGatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'
import type { Log } from '../runtime/log.ts'
import type { Redactor } from '../runtime/redactor.ts'

/** An Event function, as the platform calls it: with the event of the timer or the console, and the context of the
 *  invocation. */
export type EventFunction = (event: unknown, context: unknown) => Promise<unknown>

/** The means by which an Event function reports failures. */
export interface EventFunctionOptions {
  readonly log: Log
  readonly redactor: Redactor
}

/** The work of an Event function. It gets the event and the context as objects, whatever the platform sends. */
export type RunEvent = (event: JsonObject, context: JsonObject) => Promise<object>

/** Creates the `main` of an Event function. Anything thrown is logged and returned as an error body, because the
 *  platform would run a failed timer again and again. */
export const createEventFunction =
  (run: RunEvent, { log, redactor }: EventFunctionOptions): EventFunction =>
  async (event, context) => {
    const requestId = getRequestId(context)
    try {
      return await run(isObject(event) ? event : {}, isObject(context) ? context : {})
    } catch (thrown) {
      const error = toGatewayError(thrown)
      log(error.status < 500 ? 'warn' : 'error', 'event_failed', { request_id: requestId, error_code: error.code })
      return { ok: false, ...toErrorBody(error, requestId, redactor) } satisfies ErrorBody & { ok: false }
    }
  }

/** Returns the platform's id of an invocation. Makes one if the platform's does not look like an id. */
const getRequestId = (context: unknown): string => {
  const id = isObject(context) ? context['request_id'] : undefined
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : randomUUID()
}
