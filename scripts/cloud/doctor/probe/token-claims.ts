import { isObject, parseJson } from '../../../../shared/runtime/json.ts'
import { type Answer, leaveOpen, state } from './probe.ts'

/** Describes a token: the names of its claims, and its issuer without the environment id. No other value. */
export const describeClaims = (token: string | undefined): Answer => {
  if (!token) return leaveOpen('PROBE_TOKEN is not set', 'Set it to the access token of a test user and probe again.')
  const [, payload = ''] = token.split('.')
  const claims = parseJson(Buffer.from(payload, 'base64url').toString())
  if (!isObject(claims)) return state('it is no JSON Web Token')
  const issuer = typeof claims['iss'] === 'string' ? claims['iss'].replace(/\/\/[^.]+/, '//<environment>') : 'none'
  return state(`${Object.keys(claims).sort().join(' ')}; issuer ${issuer}`)
}
