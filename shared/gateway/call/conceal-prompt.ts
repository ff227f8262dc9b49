import type { Call } from '../../protocol/call.ts'
import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { Provider } from '../../providers/provider.ts'

/** Wraps a provider so that no error holds a part of the call's system prompt: some providers quote the request that they
 *  refuse. Such an error keeps its status and loses the provider's words. */
export const concealSystemPrompt =
  (callProvider: Provider): Provider =>
  async (route, call, options) => {
    const response = await callProvider(route, call, options).catch((thrown: unknown) => {
      throw isGatewayError(thrown) ? conceal(thrown, call) : thrown
    })
    if (response.kind === 'whole') return response
    const pipeTo: typeof response.pipeTo = async (client) => {
      const result = await response.pipeTo(client)
      return { ...result, error: result.error && conceal(result.error, call) }
    }
    return { ...response, pipeTo }
  }

const conceal = (error: GatewayError, { systemPrompt = '' }: Call): GatewayError => {
  const { param, providerCode, providerType, ...options } = error.options
  const isQuoted = [error.message, param, providerCode, providerType].some((text = '') => quotes(text, systemPrompt))
  return isQuoted ? new GatewayError(error.status, error.code, 'The provider refused the request.', options) : error
}

/** The shortest part of a prompt that counts as a quotation, in bytes of UTF-8: twenty Latin letters, seven Chinese
 *  characters. Shorter parts occur in messages by chance. */
const minQuotedBytes = 20

/** Whether a text holds a part of a prompt, however its blanks, quotes and escapes are written. */
const quotes = (text: string, prompt: string): boolean => {
  const [words, secret] = [toPlainBytes(text), toPlainBytes(prompt)]
  const length = Math.min(minQuotedBytes, secret.length)
  if (length === 0) return false
  const parts = new Set<string>()
  for (let start = 0; start + length <= secret.length; start += 1) parts.add(secret.slice(start, start + length))
  for (let start = 0; start + length <= words.length; start += 1)
    if (parts.has(words.slice(start, start + length))) return true
  return false
}

/** One character for each byte. */
const toPlainBytes = (text: string): string =>
  Buffer.from(
    text
      .replace(/\\u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/\\[nrt]/g, '')
      .replace(/[\s\\"'`]+/g, '')
      .toLowerCase(),
  ).toString('latin1')
