import { isObject, type JsonObject } from '../../runtime/json.ts'

/** What a provider says went wrong, whatever shape it says it in. */
export interface ProviderError {
  readonly message: string | undefined
  readonly code: string | undefined
  readonly type: string | undefined
  readonly param: string | undefined
}

/** Finds a provider's error in a body; undefined where the body is none of this shape. */
type ErrorShape = (body: JsonObject) => JsonObject | undefined

/** The shapes in which providers tell errors, in the order they are tried:
 *  `{"error":{…}}` OpenAI and most; `{"error":"…"}` older self-hosted servers; `{"base_resp":{…}}` MiniMax, under HTTP 200;
 *  `{"object":"error",…}` Mistral and older vLLM; `{"detail":…}` FastAPI; `{"code":…,"message":…}` SiliconFlow and gateways. */
const errorShapes: readonly ErrorShape[] = [
  ({ error }) => (isObject(error) ? error : undefined),
  (body) =>
    typeof body['error'] === 'string' && body['error'] !== '' ? { ...body, message: body['error'] } : undefined,
  ({ base_resp: resp }) =>
    isObject(resp) && resp['status_code'] !== 0 && resp['status_code'] !== undefined
      ? { code: resp['status_code'], message: resp['status_msg'] }
      : undefined,
  (body) => (body['object'] === 'error' ? body : undefined),
  ({ detail, choices }) => (detail && !choices ? { message: detail } : undefined),
  (body) => (!body['choices'] && (body['message'] ?? body['msg'] ?? body['code']) !== undefined ? body : undefined),
]

/** The error that a parsed body or event tells; undefined where it tells none. Google wraps it in an array at times. */
export const parseProviderError = (body: unknown): ProviderError | undefined => {
  const only: unknown = Array.isArray(body) ? body[0] : body
  if (!isObject(only)) return undefined
  for (const shape of errorShapes) {
    const found = shape(only)
    if (found) return toProviderError(found)
  }
  return undefined
}

const toProviderError = (error: JsonObject): ProviderError => ({
  message: toMessage(error['message'] ?? error['msg']),
  code: toName(error['code']) ?? toName(error['status']),
  type: toName(error['type']),
  param: toName(error['param']),
})

/** Clients expect strings; llama.cpp, OpenRouter and SiliconFlow send numbers. */
const toName = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined

/** A message; Mistral's and FastAPI's is a list of findings, each with `msg`. */
const toMessage = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value || undefined
  const findings = isObject(value) ? value['detail'] : value
  if (!Array.isArray(findings)) return undefined
  const told = findings.filter(isObject).map(formatFinding)
  return told.filter((text) => text !== '').join('; ') || undefined
}

const formatFinding = ({ loc, msg }: JsonObject): string => {
  const place = Array.isArray(loc) ? loc.map(toName).filter(Boolean).join('.') : ''
  return [place, toName(msg)].filter(Boolean).join(': ')
}
