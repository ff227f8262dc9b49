import { type ErrorCode, GatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject, parseJson } from '../protocol/json.ts'

/** How a provider's refusal reaches the client. Its word is passed on only where the client can act on it. */
interface Verdict {
  readonly status: number
  readonly code: ErrorCode
  /** Said in place of the provider's own words; undefined: the provider's own are passed on. */
  readonly message?: string
}

const ourKey: Verdict = {
  status: 502,
  code: 'upstream_auth',
  message: "The provider refused the gateway's key. The gateway's operator must check it.",
}
const outage: Verdict = {
  status: 502,
  code: 'upstream_error',
  message: 'The provider failed. Try again, or choose another model.',
}

const verdicts: Readonly<Record<number, Verdict>> = {
  401: ourKey,
  403: ourKey,
  402: {
    status: 503,
    code: 'upstream_quota',
    message: "The gateway's account at the provider has run out. Its operator must top it up.",
  },
  408: { status: 504, code: 'upstream_timeout', message: 'The provider timed out. Try again.' },
  429: { status: 429, code: 'rate_limit_exceeded' },
}

const verdictOf = (status: number): Verdict =>
  verdicts[status] ?? (status >= 400 && status < 500 ? { status, code: 'upstream_rejected' } : outage)

/** The error that a provider's failed answer becomes. 401 and 403 are about the gateway's key, so the client, whose own login
 *  is good, sees a 502. `secrets` are cut out of whatever is passed on. */
export const upstreamFailure = (status: number, body: string, secrets: readonly string[]): GatewayError => {
  const verdict = verdictOf(status)
  const theirs = providerError(parseJson(body))
  const message =
    verdict.message ?? (theirs.message ? redact(theirs.message, secrets) : 'The provider refused the request.')
  return new GatewayError(verdict.status, verdict.code, message, {
    ...(!verdict.message && { ...theirs.names }),
    ...(verdict.status >= 500 && { headers: { 'x-should-retry': 'false' } }),
  })
}

/** What a provider's error body says, in OpenAI's shape or beside it. */
const providerError = (
  body: unknown,
): { message?: string; names: { providerCode?: string; providerType?: string; param?: string } } => {
  const error: JsonObject = isObject(body) ? (isObject(body['error']) ? body['error'] : body) : {}
  const { message, code, type, param } = error
  return {
    ...(typeof message === 'string' && { message }),
    names: {
      ...((typeof code === 'string' || typeof code === 'number') && { providerCode: String(code) }),
      ...(typeof type === 'string' && { providerType: type }),
      ...(typeof param === 'string' && { param }),
    },
  }
}

const maxMessageLength = 500
const keyLike = /\b(sk|ak|key|org|proj)-[\w*.-]{6,}|\bBearer\s+\S+|https?:\/\/\S+|\b\d{1,3}(\.\d{1,3}){3}\b/gi

const redact = (message: string, secrets: readonly string[]): string => {
  const known = secrets
    .filter((secret) => secret.length > 3)
    .reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message)
  return known.replace(keyLike, '[redacted]').slice(0, maxMessageLength)
}
