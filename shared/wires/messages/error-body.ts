import { type GatewayError, type OpenAIError, toErrorBody } from '../../protocol/errors.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { Redactor } from '../../runtime/redactor.ts'

/** The types of errors by status (Anthropic documentation, "Errors"). */
const errorTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const getType = (status: number): string => errorTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')

/** Creates the inner object of an error. */
export const toError = (status: number, message: string, code: OpenAIError['code']): JsonObject => ({
  type: getType(status),
  message: code === 'context_length_exceeded' ? toLengthMessage(message) : message,
})

const lengthWords = 'prompt is too long'

/** Clients shorten the conversation when they read these words. Providers name both numbers, the limit being the
 *  smaller. */
const toLengthMessage = (message: string): string => {
  if (message.toLowerCase().includes(lengthWords)) return message
  const counts = (message.match(/\d{3,}/g) ?? []).map(Number).sort((one, other) => one - other)
  const [most, tokens] = [counts[0], counts.at(-1)]
  if (most === undefined || tokens === undefined || tokens <= most) return `${lengthWords}: ${message}`
  return `${lengthWords}: ${tokens} tokens > ${most} maximum`
}

/** Creates the body of an error reply: Anthropic's, in it the code, the field at fault and further details, and beside it the
 *  fields that CloudBase clients read. */
export const toMessageErrorBody = (error: GatewayError, requestId: string, redactor: Redactor): JsonObject => {
  const { error: shown, code } = toErrorBody(error, requestId, redactor)
  const { type: _, param, ...details } = shown
  const inner = { ...details, ...toError(error.status, shown.message, error.code), ...(param !== null && { param }) }
  const { message } = inner
  return { type: 'error', error: inner, request_id: requestId, code, message, requestId }
}
