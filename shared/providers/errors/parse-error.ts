import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The error that a provider reports, in any of the known shapes. */
export interface ProviderError {
  readonly message: string | undefined
  readonly code: string | undefined
  readonly type: string | undefined
  readonly param: string | undefined
}

/** One shape in which providers report errors. */
interface ErrorShape {
  /** A field that every body of this shape has. */
  readonly field: string
  /** Returns the object with the error's fields, or undefined if the body reports no error of this shape. */
  readonly read: (value: unknown, body: JsonObject) => JsonObject | undefined
}

/** SiliconFlow and gateways: `{"code":…,"message":…}`. A response with choices may have such fields too. */
const readPlainError: ErrorShape['read'] = (_value, body) =>
  !body['choices'] && (body['message'] ?? body['msg'] ?? body['code']) !== undefined ? body : undefined

/** The shapes of errors, in the order they are tried. The comments name the providers that use them. */
const errorShapes: readonly ErrorShape[] = [
  {
    // `{"error":{…}}` OpenAI and most. `{"error":"…"}` older self-hosted servers.
    field: 'error',
    read: (error, body) => {
      if (isObject(error)) return error
      return typeof error === 'string' && error !== '' ? { ...body, message: error } : undefined
    },
  },
  {
    // `{"base_resp":{…}}` MiniMax, under HTTP 200.
    field: 'base_resp',
    read: (resp) =>
      isObject(resp) && resp['status_code'] !== 0 && resp['status_code'] !== undefined
        ? { code: resp['status_code'], message: resp['status_msg'] }
        : undefined,
  },
  {
    // `{"object":"error",…}` Mistral and older vLLM.
    field: 'object',
    read: (object, body) => (object === 'error' ? body : undefined),
  },
  {
    // `{"detail":…}` FastAPI.
    field: 'detail',
    read: (detail, { choices }) => (detail && !choices ? { message: detail } : undefined),
  },
  { field: 'message', read: readPlainError },
  { field: 'msg', read: readPlainError },
  { field: 'code', read: readPlainError },
]

/** The error that a parsed body or event reports. Returns undefined if it reports none. Google sometimes wraps it in an array. */
export const parseProviderError = (value: unknown): ProviderError | undefined => {
  const body: unknown = Array.isArray(value) ? value[0] : value
  if (!isObject(body)) return undefined
  for (const { field, read } of errorShapes) {
    const error = body[field] === undefined ? undefined : read(body[field], body)
    if (error) return toProviderError(error)
  }
  return undefined
}

const toProviderError = (error: JsonObject): ProviderError => ({
  message: toMessage(error['message'] ?? error['msg']),
  code: toName(error['code']) ?? toName(error['status']),
  type: toName(error['type']),
  param: toName(error['param']),
})

/** Clients expect strings. llama.cpp, OpenRouter and SiliconFlow send numbers. */
const toName = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined

/** A message is a string. Mistral and FastAPI send a list of findings, each with `msg`. */
const toMessage = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value || undefined
  const findings = isObject(value) ? value['detail'] : value
  if (!Array.isArray(findings)) return undefined
  const texts = findings.filter(isObject).map(formatFinding)
  return texts.filter((text) => text !== '').join('; ') || undefined
}

const formatFinding = ({ loc, msg }: JsonObject): string => {
  const place = Array.isArray(loc) ? loc.map(toName).filter(Boolean).join('.') : ''
  return [place, toName(msg)].filter(Boolean).join(': ')
}
