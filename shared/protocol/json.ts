import { GatewayError } from './errors.ts'

/** Any JSON object whose fields nobody has checked yet. */
export type JsonObject = { [field: string]: unknown }

/** Whether a value is a JSON object (not null, not an array). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parses text as JSON; undefined when it is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Parses a request body that must be one JSON object.
 *  @throws invalid_json (400) */
export const parseJsonObject = (text: string): JsonObject => {
  const value = parseJson(text)
  if (isObject(value)) return value
  throw new GatewayError(
    400,
    'invalid_json',
    'The request body must be one JSON object. Check its syntax and send it as UTF-8.',
  )
}
