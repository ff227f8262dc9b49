import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { retry } from '../../client/retry.ts'
import { readFunctionRules } from '../../functions/function-rules.ts'
import { bodyProbes } from './body-probes.ts'
import { headerProbes } from './header-probes.ts'
import { type Answer, advise, leaveOpen, type Probe, type ProbeInput, state } from './probe.ts'
import { probePaths } from './probe-function.ts'
import { digest, getFields } from './read-echo.ts'

const probePath =
  (path: string) =>
  async ({ probe }: ProbeInput): Promise<Answer> => {
    const { url } = await probe().json('echo', { path: `${path}/deeper`, query: { with: 'query' } })
    const [seen = '', query = ''] = String(url).split('?')
    return state(
      `${path}/deeper arrives as ${seen || '(nothing)'}, its query ${query.includes('with=query') ? 'arrives' : 'does not'}`,
    )
  }

const sendOtherHeader = 'Have clients send the token as X-Gateway-Token, which the gateway takes as well.'

const probeAuthorization = async ({ probe }: ProbeInput): Promise<Answer> => {
  const sent = `Bearer ${randomBytes(24).toString('hex')}`
  const digests = getFields(await probe().json('echo', { headers: { authorization: sent } }), 'digests')
  if (digests['authorization'] === digest(sent)) return state('arrives unchanged')
  return advise(digests['authorization'] === undefined ? 'does not arrive' : 'arrives changed', sendOtherHeader)
}

const probePlatformContext = async ({ probe }: ProbeInput): Promise<Answer> => {
  const echo = await probe().json('echo')
  const names = Array.isArray(echo['contextFields']) ? echo['contextFields'].map(String) : []
  return getFields(echo, 'digests')['context'] === undefined
    ? state('is not sent to functions')
    : state(`is sent, with the fields ${names.join(' ') || '(none that can be read)'}`)
}

const keepSignatures = 'Keep AUTH_MODE=jwks, or use AUTH_MODE=gateway with EnableAuth on for every route.'

const probeForgedContext = async ({ probe }: ProbeInput): Promise<Answer> => {
  const forged = gzipSync(JSON.stringify({ userId: 'forged', nonce: randomBytes(8).toString('hex') })).toString(
    'base64',
  )
  const digests = getFields(await probe().json('echo', { headers: { 'x-cloudbase-context': forged } }), 'digests')
  if (digests['context'] === undefined) return state('is taken out')
  return digests['context'] === digest(forged)
    ? advise('ARRIVES: anyone can forge it on a route with authentication off', keepSignatures)
    : state('is replaced by the platform’s own')
}

const probeCorsHeaders = async ({ probe, input }: ProbeInput): Promise<Answer> => {
  const { Domains = [] } = await retry(() => input.cloud.app.env.getEnvAuthDomains())
  const safe = Domains.map(({ Domain }) => String(Domain)).find((domain) => !domain.includes('*')) ?? 'app.example.com'
  const headers = { origin: `https://${safe}` }
  const count = async (path: string): Promise<number> => {
    const { headers: received } = await probe().ask('cors', { path, headers })
    return received.get('access-control-allow-origin')?.split(',').length ?? 0
  }
  const [off, on] = [await count(probePaths.whole), await count(probePaths.safe)]
  const seen = `with EnableSafeDomain off ${off}, with it on ${on}; the function sends one`
  return on > 1
    ? state(`${seen}, and browsers refuse more than one. npm run deploy switches one of both off`)
    : state(seen)
}

const narrowRule = 'Set it to auth != null (console: Cloud Functions > Permissions) and probe again.'

/** The temporary function has no rule of its own, so the rule for all other functions applies to it. */
const probeSecurityRules = async ({ probe, input }: ProbeInput): Promise<Answer> => {
  const rule = (await readFunctionRules(input.cloud))['*']?.invoke
  await probe().json('echo')
  return rule === true
    ? leaveOpen('the rule of * allows everyone', narrowRule)
    : state(`do not apply to HTTP functions: a request without a login reaches one whose rule is ${String(rule)}`)
}

/** The probes of requests: the parts of a request that the HTTP access service passes on to a function. */
export const requestProbes: readonly Probe[] = [
  { question: 'Path with EnablePathTransmission on', ask: probePath(probePaths.whole) },
  { question: 'Path with EnablePathTransmission off', ask: probePath(probePaths.stripped) },
  { question: 'Authorization header with EnableAuth off', ask: probeAuthorization },
  { question: 'x-cloudbase-context of the platform', ask: probePlatformContext },
  { question: 'x-cloudbase-context sent by a client', ask: probeForgedContext },
  { question: 'Access-Control-Allow-Origin headers of an answer', ask: probeCorsHeaders },
  { question: 'Security rules and HTTP functions', ask: probeSecurityRules },
  ...bodyProbes,
  ...headerProbes,
]
