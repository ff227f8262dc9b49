import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The error that a provider reports, in any of the known shapes. */
export interface ProviderError {
  readonly message: string | undefined
  readonly code: string | undefined
  readonly type: string | undefined
  readonly param: string | undefined
}

/** The error that a parsed body or event reports. Returns undefined if it reports none. Google sometimes wraps it in an
 *  array. */
export const parseProviderError = (value: unknown): ProviderError | undefined => {
  const body: unknown = Array.isArray(value) ? value[0] : value
  const error = isObject(body) ? findError(body) : undefined
  return error && toProviderError(error)
}

/** Finds the object that has the fields of the error. The comments name the providers that use each shape. */
const findError = (body: JsonObject): JsonObject | undefined => {
  const { error, base_resp: resp, object, detail, choices } = body
  // `{"error":{…}}`: OpenAI and most.
  if (error && isObject(error)) return error
  // `{"error":"…"}`: older self-hosted servers.
  if (error && typeof error === 'string') return { ...body, message: error }
  // `{"base_resp":{…}}`: MiniMax, under HTTP 200. Its code 0 is success.
  if (resp && isObject(resp) && resp['status_code'] !== undefined && resp['status_code'] !== 0)
    return { code: resp['status_code'], message: resp['status_msg'] }
  // `{"object":"error",…}`: Mistral and older vLLM.
  if (object === 'error') return body
  // A response may have any of the following fields too.
  if (choices) return undefined
  // `{"detail":…}`: FastAPI.
  if (detail) return { message: detail }
  // `{"code":…,"message":…}`: SiliconFlow and gateways.
  return (body['message'] ?? body['msg'] ?? body['code']) !== undefined ? body : undefined
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
