import type { Route } from '../protocol/route.ts'

/** Longest message of a provider that is passed on, in characters. */
const maxLength = 500

const mark = '[redacted]'

/** What keys, accounts and places look like: masked words; keys and ids by their prefixes; bearer tokens and JWTs; URLs, host
 *  names, mail and IP addresses; long runs of digits or of key material. What begins with a run of any length begins where the
 *  run does, and nowhere within it: each character is read once. */
const telling: readonly RegExp[] = [
  /(?<!\S)\S*\*{2,}\S*/g,
  /\b(sk|ak|pk|rk)[-_][\w.-]{6,}/gi,
  /\b(key|org|proj|project|acct|account|user|team|req|request)[-_](?=[\w.-]*\d)[\w.-]{6,}/gi,
  /\b(bearer|basic)\s+\S+/gi,
  /\beyJ[\w-]+\.[\w.-]+/g,
  /\b[a-z][a-z+]*:\/\/\S+/gi,
  /(?<![\w.+-])[\w.+-]+@[\w-]+(\.[\w-]+)+/g,
  /\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g,
  /\[?\b[\da-f]{0,4}(:[\da-f]{0,4}){3,7}\b\]?/gi,
  /(?<![\w-]|[\w-]\.)([\w-]+\.)+(com|cn|net|org|ai|io|dev|cloud|local|internal|localhost|svc)\b(:\d+)?/gi,
  /\blocalhost(:\d+)?\b/gi,
  /\b\d{9,}\b/g,
  /\b(?=\w*\d)(?=\w*[a-z])[\w]{24,}\b/gi,
]

/** Takes out of a provider's words what names its key, its account or where it lives, and keeps at most 500 characters. */
export const redact = (text: string, { apiKey, apiBase }: Route): string => {
  const withoutKey = apiKey ? text.slice(0, 4 * maxLength).replaceAll(apiKey, mark) : text.slice(0, 4 * maxLength)
  const withoutParts = withoutKey.replace(/[\w.-]{6,}/g, (word) => (apiKey?.includes(word) ? mark : word))
  const withoutSigns = telling.reduce((rest, pattern) => rest.replace(pattern, mark), withoutParts)
  const kept = withoutSigns.replaceAll(new URL(apiBase).host, mark)
  return kept.length > maxLength ? `${kept.slice(0, maxLength - 1)}…` : kept
}
