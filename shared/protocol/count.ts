import { GatewayError } from './errors.ts'
import type { JsonObject } from './json.ts'

/** A body field that counts something; undefined where the client set none.
 *  @throws invalid_value (400, with `param`) unless it is an integer from 1 to `most` */
export const countOf = (body: JsonObject, field: string, most = Number.MAX_SAFE_INTEGER): number | undefined => {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number
  const range = most < Number.MAX_SAFE_INTEGER ? `from 1 to ${most}` : 'of at least 1'
  throw new GatewayError(400, 'invalid_value', `'${field}' must be an integer ${range}.`, { param: field })
}
