import { isObject, parseJson } from '../../../../shared/runtime/json.ts'

/** Describes a token: the names of its claims, and its issuer without the environment id. No other value. */
export const describeClaims = (token: string | undefined): string => {
  if (!token) return 'open: set PROBE_TOKEN to the access token of a test user and ask again'
  const [, payload = ''] = token.split('.')
  const claims = parseJson(Buffer.from(payload, 'base64url').toString())
  if (!isObject(claims)) return 'it is no JSON Web Token'
  const issuer = typeof claims['iss'] === 'string' ? claims['iss'].replace(/\/\/[^.]+/, '//<environment>') : 'none'
  return `${Object.keys(claims).sort().join(' ')}; issuer ${issuer}`
}
