import OpenAI from 'openai'
import type { ChatMessages } from './messages.ts'

/** Returns an error of a call in words, with what to do about it. */
export const describeFailure = (error: unknown, url: string, messages: ChatMessages): string => {
  if (error instanceof OpenAI.APIConnectionError) {
    const code = findCode(error)
    return code === 'ECONNREFUSED' ? messages.nothingListens(url) : messages.unreachable(url, code || error.message)
  }
  if (!(error instanceof OpenAI.APIError))
    return messages.cutOff(error instanceof Error ? error.message : String(error))
  const { status, code } = error
  if (status !== undefined && !code) return `${messages.noGateway(url)} (HTTP ${status})`
  const reason = [status, code].filter(Boolean).join(' ')
  const text = `${getMessage(error)}${reason === '' ? '' : ` (${reason})`}`
  return status === 401 || status === 403 ? `${text}\n  ${messages.whoCalls}` : text
}

/** The code of the socket's error, which is the cause of the cause. */
const findCode = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return ''
  const { code, errors, cause } = error as { code?: unknown; errors?: readonly unknown[]; cause?: unknown }
  if (typeof code === 'string') return code
  return errors ? findCode(errors[0]) : findCode(cause)
}

/** The message of the error object. The client's own message begins with the status. */
const getMessage = ({ error, message }: InstanceType<typeof OpenAI.APIError>): string => {
  const { message: text } = (error ?? {}) as { message?: unknown }
  return typeof text === 'string' ? text : message
}
