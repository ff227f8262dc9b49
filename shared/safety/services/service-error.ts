import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'

/** A service that did not check a text, with its own code. It holds no text of the service, which may quote ours. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  /** The service's code, such as `45009`, or a status such as `HTTP 502`. */
  readonly code: string

  constructor(code: string) {
    super(`The service did not check the text: ${code}.`)
    this.code = code
  }
}

/** Parses the response of a service.
 *  @throws ServiceError if it is no JSON object or its status is not 2xx */
export const parseService = ({ status, text }: { readonly status: number; readonly text: string }): JsonObject => {
  const fields = parseJson(text)
  if (status < 200 || status > 299) throw new ServiceError(`HTTP ${status}`)
  if (!isObject(fields)) throw new ServiceError('invalid_response')
  return fields
}

/** Returns a label that can be logged: some letters. */
export const toLabel = (value: unknown): string | undefined => {
  const label = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
  return label === '' ? undefined : label.slice(0, 64)
}

/** Returns a score from 0 to 100; undefined if it is none. */
export const toScore = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 && value <= 100 ? value : undefined
