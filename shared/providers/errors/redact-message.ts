import type { Target } from '../../protocol/route.ts'
import { createRedactor, redacted } from '../../runtime/redactor.ts'

/** Longest message of a provider that is passed on, in characters. */
const maxRedactedLength = 500

/** Patterns of accounts, addresses and keys: masked words; ids by their prefixes; credentials after the scheme of an
 *  authorization header; URLs, host names, mail and IP addresses; long runs of digits or of key characters. */
const identifyingPatterns: readonly RegExp[] = [
  /(?<!\S)\S*\*{2,}\S*/g,
  /\b(key|org|proj|project|acct|account|user|team|req|request)[-_](?=[\w.-]*\d)[\w.-]{6,}/gi,
  /\b(bearer|basic)\s+\S+/gi,
  /\b[a-z][a-z+]*:\/\/\S+/gi,
  /(?<![\w.+-])[\w.+-]+@[\w-]+(\.[\w-]+)+/g,
  /\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g,
  /\[?\b[\da-f]{0,4}(:[\da-f]{0,4}){3,7}\b\]?/gi,
  /(?<![\w-]|[\w-]\.)([\w-]+\.)+(com|cn|net|org|ai|io|dev|cloud|local|internal|localhost|svc)\b(:\d+)?/gi,
  /\blocalhost(:\d+)?\b/gi,
  /\b\d{9,}\b/g,
  /\b(?=\w*\d)(?=\w*[a-z])[\w]{24,}\b/gi,
]

/** Removes the gateway's key, account and provider address from a provider's message. Returns at most 500
 *  characters. */
export const redactMessage = (text: string, { apiKey, apiBase }: Target): string => {
  const withoutSecrets = createRedactor(apiKey ? [apiKey] : []).clean(text.slice(0, 4 * maxRedactedLength))
  const withoutParts = withoutSecrets.replace(/[\w.-]{6,}/g, (word) => (apiKey?.includes(word) ? redacted : word))
  const withoutIds = identifyingPatterns.reduce((rest, pattern) => rest.replace(pattern, redacted), withoutParts)
  const clean = withoutIds.replaceAll(new URL(apiBase).host, redacted)
  return clean.length > maxRedactedLength ? `${clean.slice(0, maxRedactedLength - 1)}…` : clean
}
