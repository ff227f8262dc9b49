import { isObject, parseJson } from '../../shared/protocol/json.ts'
import { accessDomain } from '../cloud/access-service.ts'
import { patiently } from '../cloud/retry.ts'
import { functions } from '../functions.ts'
import type { Patient } from './examination.ts'
import { askAuth } from './examine-login.ts'
import { tokenClaims } from './token-claims.ts'

/** A question about the platform that only an environment of one's own can answer. */
export interface Probe {
  readonly question: string
  /** Finds it out, with calls that cost nothing; never a value of a secret. */
  readonly ask: (patient: Patient) => Promise<string>
}

const timeoutMs = 30_000
const kilobyte = 1024

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
  /** Our error code, or the platform's. */
  readonly code: string
  /** Whether the gateway itself has answered, rather than the platform in front of it. */
  readonly ours: boolean
}

const call = async ({ cloud, variables }: Patient, path: string, request: RequestInit = {}): Promise<Answer> => {
  const { domain } = await accessDomain(cloud, variables)
  const reply = await fetch(`https://${domain}${path}`, { ...request, signal: AbortSignal.timeout(timeoutMs) })
  const parsed = parseJson(await reply.text())
  const body = isObject(parsed) ? parsed : {}
  const error = isObject(body['error']) ? body['error'] : body
  const code = typeof error['code'] === 'string' ? error['code'] : ''
  return {
    status: reply.status,
    headers: reply.headers,
    body,
    code,
    ours: reply.headers.has('x-request-id') && code !== '',
  }
}

/** A call that the gateway reads to its end and then refuses, because there is no such model. */
const withBody = (patient: Patient, adminKey: string, kilobytes: number): Promise<Answer> =>
  call(patient, '/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gateway-key': adminKey },
    body: JSON.stringify({ model: 'none', messages: [{ role: 'user', content: 'x'.repeat(kilobytes * kilobyte) }] }),
  })

const bodySizes = [90, 120, 1_024, 5_900]

/** Largest body that reaches the function: it knows no such model, where the platform would refuse the size. */
const largestBody = async (patient: Patient): Promise<string> => {
  const adminKey = patient.variables['GATEWAY_ADMIN_KEY']
  if (!adminKey) return 'open: set GATEWAY_ADMIN_KEY and ask again'
  const seen: string[] = []
  for (const size of bodySizes) {
    const { status, code, ours } = await withBody(patient, adminKey, size)
    seen.push(`${size} KB ${ours ? 'passes' : `refused by the platform (${status} ${code})`}`)
    if (!ours) break
  }
  return seen.join(', ')
}

const corsHeaders = async (patient: Patient): Promise<string> => {
  const { headers } = await call(patient, '/health', { headers: { origin: 'https://app.example.com' } })
  const values = headers.get('access-control-allow-origin')?.split(',') ?? []
  if (values.length === 0) return 'none for an origin that is not allowed'
  return values.length === 1
    ? 'one: fine for browsers'
    : `${values.length}: browsers refuse that; deploy with one of the two off`
}

const reload = async ({ cloud }: Patient): Promise<string> => {
  const name = functions.find(({ folder }) => folder === 'config-reload')?.name ?? ''
  const { InvokeResult, RetMsg } = await patiently(() => cloud.app.functions.invokeFunction(name, { Type: 'Timer' }))
  const result = parseJson(RetMsg)
  const ok = isObject(result) && result['ok'] === true
  return InvokeResult === 0 && ok ? 'works' : `failed (result ${InvokeResult})`
}

const seen = (names: readonly string[]): string => (names.length === 0 ? 'no fields' : `fields ${names.join(' ')}`)

const apiKeyAsUser = async ({ variables }: Patient): Promise<string> => {
  const key = variables['CLOUDBASE_APIKEY']
  if (!key) return 'open: set CLOUDBASE_APIKEY and ask again'
  const { status, body } = await askAuth(variables, '/auth/v1/user/me', key)
  return `${status}, ${seen(Object.keys(body))}`
}

const signingKeys = async ({ variables }: Patient): Promise<string> => {
  const { status, body } = await askAuth(variables, '/auth/v1/certs')
  const keys = Array.isArray(body['keys']) ? body['keys'].filter(isObject) : []
  return `${status}, key ids ${keys.map(({ kid }) => String(kid)).join(' ') || 'none'}: equal ids in a second environment mean shared keys`
}

/** Every open question, in the order of the table. */
export const probes: readonly Probe[] = [
  {
    question: 'Path that the function sees behind /health',
    ask: async (patient) => {
      const { code } = await call(patient, '/health/deeper?with=query')
      return code === 'unknown_url'
        ? 'whole: what follows the route arrives'
        : `not whole, or not ours (${code || 'no code'})`
    },
  },
  { question: 'CORS headers of one answer', ask: corsHeaders },
  {
    question: 'HTTP functions and security rules',
    ask: async (patient) => {
      const { status, body } = await call(patient, '/health')
      return status === 200 && body['ok'] === true
        ? 'not touched by them: a stranger reaches /health'
        : `a stranger gets ${status}`
    },
  },
  {
    question: 'Authorization header with EnableAuth off',
    ask: async (patient) => {
      const { code, status, ours } = await call(patient, '/v1/models', {
        headers: { authorization: 'Bearer not-a-token' },
      })
      if (!ours) return `answered by the platform: ${status} ${code}`
      return code === 'missing_credentials' ? 'does not arrive' : 'arrives'
    },
  },
  {
    question: 'x-cloudbase-context sent by a client',
    ask: () =>
      Promise.resolve('cannot be seen from outside: keep AUTH_MODE away from "gateway" unless EnableAuth is on'),
  },
  { question: 'Event function invoked as by the console', ask: reload },
  { question: 'GET /auth/v1/user/me with the API key', ask: apiKeyAsUser },
  { question: 'Keys that sign users’ tokens', ask: signingKeys },
  {
    question: 'Claims of a user’s token (PROBE_TOKEN)',
    ask: ({ variables }) => Promise.resolve(tokenClaims(variables['PROBE_TOKEN'])),
  },
  {
    question: 'Idle limit, buffering and total size of streams',
    ask: () =>
      Promise.resolve('open: `npm run smoke -- URL` with a token measures the gaps between the pieces of a stream'),
  },
  {
    question: 'Work after the end of an answer',
    ask: () => Promise.resolve('not relied on: a usage record is stored before its answer ends'),
  },
  { question: 'Largest text body that reaches an HTTP function', ask: largestBody },
]
