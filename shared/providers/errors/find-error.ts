import { isObject, type JsonObject } from '../../runtime/json.ts'

/** Finds the part of a parsed response, event or error body that reports an error. Returns undefined if nothing in it
 *  does: an empty error (`null`, `""`, `{}`, code 0) is none, and neither is a message that stands alone.
 *  Google sometimes wraps the body in an array. */
export const findError = (value: unknown): unknown => {
  if (Array.isArray(value)) return findFirst(value, findError)
  if (!isObject(value)) return undefined
  const { error, base_resp: resp, header, choices } = value
  // `{"error":{…}}`: OpenAI and most. `{"error":"…"}`: Spring, xAI and older self-hosted servers.
  if (error && saysSomething(error)) return isObject(error) ? error : value
  // MiniMax, under HTTP 200.
  if (isObject(resp) && saysSomething(resp['status_code'])) return resp
  // Spark, under HTTP 200.
  if (isObject(header) && saysSomething(header['code'])) return header
  // OpenRouter: a choice may have an error of its own. An empty list is no choice.
  if (Array.isArray(choices) && choices.length > 0) return findFirst(choices, findChoiceError)
  return choices && !Array.isArray(choices) ? undefined : findOtherError(value)
}

/** The error of a choice, or of the message in it. */
const findChoiceError = (choice: unknown): unknown => {
  if (!isObject(choice)) return undefined
  const errors = [choice, choice['delta'], choice['message']].map((place) => isObject(place) && place['error'])
  return findFirst(errors, (error) => error && findError({ error }))
}

/** The shapes that are an error only if there are no choices beside them. */
const findOtherError = (body: JsonObject): unknown => {
  const { Response: response, Error: inner = body['ErrorMsg'] } = body
  // Tencent Cloud API 3.0: `{"Response":{"Error":{"Code":…,"Message":…}}}`; Hunyuan's own stream: `{"ErrorMsg":{…}}`.
  if (isObject(response)) return findOtherError(response)
  if (isObject(inner)) return inner
  const isError =
    body['success'] === false ||
    Number(body['status']) >= 400 ||
    ['object', 'type', 'status'].some((name) => body[name] === 'error') ||
    errorFields.some((name) => saysSomething(body[name]))
  return isError ? body : undefined
}

/** `code`: SiliconFlow, CloudBase and gateways; `error_code`: Baidu, Huawei; `errcode`: WeChat; `detail`: FastAPI;
 *  `errors`: JSON:API and Cloudflare. */
const errorFields = [
  ...['code', 'error_code', 'errcode', 'err_code', 'status_code', 'errorCode', 'retCode'],
  ...['error_msg', 'error_message', 'err_msg', 'errorMsg', 'errorMessage', 'detail', 'errors'],
]

/** Whether a value is more than nothing or success: `0`, `200`, `"ok"`, `"success"`. */
const saysSomething = (value: unknown): boolean => {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(saysSomething)
  if (value === undefined || value === null || value === false) return false
  return !/^(0*|200|ok|none|null|success|successful|succeeded|.{0,4}成功)$/i.test(String(value).trim())
}

const findFirst = (values: readonly unknown[], find: (value: unknown) => unknown): unknown => {
  for (const value of values) {
    const found = find(value)
    if (found) return found
  }
  return undefined
}
