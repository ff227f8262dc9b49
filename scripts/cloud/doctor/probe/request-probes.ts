import { createHash, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { isObject, type JsonObject } from '../../../../shared/runtime/json.ts'
import { retry } from '../../client/retry.ts'
import { readFunctionRules } from '../../functions/function-rules.ts'
import type { Probe, ProbeInput } from './probe.ts'
import { probePaths } from './probe-function.ts'

const kilobyte = 1024
/** Sizes around the two limits that the platform documents: 100 KB for text, 6 MB for the rest. */
const bodySizes = [90, 120, 1_024, 5_900, 7_000]

const digest = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 16)

const getFields = (body: JsonObject, name: string): JsonObject => (isObject(body[name]) ? body[name] : {})

/** Probes the largest body of a type that reaches the function whole. */
const probeLargestBody =
  (type: string) =>
  async ({ probe }: ProbeInput): Promise<string> => {
    const seen: string[] = []
    for (const size of bodySizes) {
      const body = 'x'.repeat(size * kilobyte)
      const outcome = await probe()
        .json('length', { body, headers: { 'content-type': type } })
        .then(({ bytes }) => (bytes === body.length ? 'passes' : `arrives with ${String(bytes)} bytes`))
        .catch((error: Error) => `does not: ${error.message}`)
      seen.push(`${size} KB ${outcome}`)
      if (outcome !== 'passes') break
    }
    return seen.join(', ')
  }

const probePath =
  (path: string) =>
  async ({ probe }: ProbeInput): Promise<string> => {
    const { url } = await probe().json('echo', { path: `${path}/deeper`, query: { with: 'query' } })
    const [seen = '', query = ''] = String(url).split('?')
    return `${path}/deeper arrives as ${seen || '(nothing)'}, its query ${query.includes('with=query') ? 'arrives' : 'does not'}`
  }

const probeAuthorization = async ({ probe }: ProbeInput): Promise<string> => {
  const sent = `Bearer ${randomBytes(24).toString('hex')}`
  const digests = getFields(await probe().json('echo', { headers: { authorization: sent } }), 'digests')
  if (digests['authorization'] === undefined) return 'does not arrive'
  return digests['authorization'] === digest(sent) ? 'arrives unchanged' : 'arrives changed'
}

const probePlatformContext = async ({ probe }: ProbeInput): Promise<string> => {
  const echo = await probe().json('echo')
  const names = Array.isArray(echo['contextFields']) ? echo['contextFields'].map(String) : []
  return getFields(echo, 'digests')['context'] === undefined
    ? 'is not sent to functions'
    : `is sent, with the fields ${names.join(' ') || '(none that can be read)'}`
}

const probeForgedContext = async ({ probe }: ProbeInput): Promise<string> => {
  const forged = gzipSync(JSON.stringify({ userId: 'forged', nonce: randomBytes(8).toString('hex') })).toString(
    'base64',
  )
  const digests = getFields(await probe().json('echo', { headers: { 'x-cloudbase-context': forged } }), 'digests')
  if (digests['context'] === undefined) return 'is taken out'
  return digests['context'] === digest(forged)
    ? 'ARRIVES: anyone can forge it, so AUTH_MODE=gateway is unsafe on this route'
    : 'is replaced by the platform’s own'
}

const probeCorsHeaders = async ({ probe, input }: ProbeInput): Promise<string> => {
  const { Domains = [] } = await retry(() => input.cloud.app.env.getEnvAuthDomains())
  const safe = Domains.map(({ Domain }) => String(Domain)).find((domain) => !domain.includes('*')) ?? 'app.example.com'
  const headers = { origin: `https://${safe}` }
  const count = async (path: string): Promise<number> => {
    const { headers: received } = await probe().ask('cors', { path, headers })
    return received.get('access-control-allow-origin')?.split(',').length ?? 0
  }
  const [off, on] = [await count(probePaths.whole), await count(probePaths.safe)]
  return `with EnableSafeDomain off ${off}, with it on ${on}; the function sends one (${on > 1 ? 'browsers refuse more than one' : 'fine for browsers'})`
}

/** The temporary function has no rule of its own, so the rule for all other functions applies to it. */
const probeSecurityRules = async ({ probe, input }: ProbeInput): Promise<string> => {
  const rule = (await readFunctionRules(input.cloud))['*']?.invoke
  await probe().json('echo')
  return rule === true
    ? 'open: the rule of * allows everyone. Set it to auth != null (console: Cloud Functions > Permissions) and probe again'
    : `do not apply to HTTP functions: a request without a login reaches one whose rule is ${String(rule)}`
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
  { question: 'Largest JSON body', ask: probeLargestBody('application/json') },
  { question: 'Largest binary body', ask: probeLargestBody('application/octet-stream') },
]
