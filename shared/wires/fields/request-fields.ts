import { type Call, foldName, omitFields } from '../../protocol/call.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { JsonObject } from '../../runtime/json.ts'

/** Prepares the body of a call that cannot be streamed: takes out other spellings of the fields that a wire reads
 *  (`protocol/call.ts`, `readFields`).
 *  @throws unsupported_parameter (400, with `param`) for a stream */
export const readPlainCall = (call: Call, fields: ReadonlySet<string>): Call => {
  if (call.stream) {
    const message = "This endpoint sends no streams. Leave 'stream' out."
    throw new GatewayError(400, 'unsupported_parameter', message, { param: 'stream' })
  }
  const respelled = Object.keys(call.body).filter((field) => foldName(field) !== field && fields.has(foldName(field)))
  return { ...call, body: omitFields(call.body, respelled) }
}

/** Creates the error for a field that holds the wrong value, or that is missing. */
export const invalidFieldError = ({ body }: Call, param: string, message: string): GatewayError => {
  const [field = param] = param.split(/[.[]/)
  return body[field] === undefined
    ? new GatewayError(400, 'missing_required_parameter', `The request has no '${field}'. ${message}`, { param })
    : new GatewayError(400, 'invalid_value', message, { param })
}

/** Picks some of the fields that are set. Null means unset in these APIs. */
export const pickFields = (fields: Readonly<JsonObject>, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name) => ((fields[name] ?? null) === null ? [] : [[name, fields[name]]])))

/** Whether a value is a text that is not empty. */
export const isFilledText = (value: unknown): value is string => typeof value === 'string' && value !== ''
