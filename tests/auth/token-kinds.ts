import type { CloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { hs256, makeToken, rs256, signingKey, type TokenParts } from '../../testing/stand-ins/token-maker.ts'

/** One kind of credential, and the reply that it must get. */
export interface TokenKind {
  readonly title: string
  readonly headers: (auth: CloudBaseAuth) => Readonly<Record<string, string>>
  /** The query of the request. */
  readonly query?: (auth: CloudBaseAuth) => string
  readonly status: number
  /** The top-level `code` of a rejection. */
  readonly code?: string
}

/** Ids of the table's users. */
export const blockedUser = '1900000000000000002'
export const deletedUser = '1900000000000000003'
export const deniedUser = '1900000000000000004'

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow
const attacker = signingKey('attacker')
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const good = (title: string, parts: (auth: CloudBaseAuth) => TokenParts = () => ({})): TokenKind => ({
  title,
  headers: (auth) => bearer(auth.token(parts(auth))),
  status: 200,
})
const bad = (
  title: string,
  parts: (auth: CloudBaseAuth) => TokenParts,
  [status, code]: readonly [number, string] = [401, 'INVALID_ACCESS_TOKEN'],
): TokenKind => ({ title, headers: (auth) => bearer(auth.token(parts(auth))), status, code })
const claims = (changed: Record<string, unknown>) => (): TokenParts => ({ claims: changed })
const malformed = (title: string, change: (token: string) => string): TokenKind => ({
  title,
  headers: (auth) => bearer(change(auth.token())),
  status: 401,
  code: 'INVALID_ACCESS_TOKEN',
})
const missing = (title: string, headers: TokenKind['headers'], query?: TokenKind['query']): TokenKind => ({
  title,
  headers,
  status: 401,
  code: 'MISSING_CREDENTIALS',
  ...(query && { query }),
})
const forbidden = [403, 'PERMISSION_DENIED'] as const

const users: readonly TokenKind[] = [
  good('a signed-in user'),
  good('a user signed in at the gateway host', ({ envId }) => ({
    claims: { iss: `https://${envId}.api.tcloudbasegateway.com` },
  })),
  good('a user signed in at the auth API’s root', ({ envId }) => ({
    claims: { iss: `https://${envId}.api.tcloudbasegateway.com/auth/v1` },
  })),
  good('a user signed in at the regional host', ({ envId }) => ({
    claims: { iss: `https://${envId}.ap-shanghai.tcb-api.tencentcloudapi.com` },
  })),
  good('several audiences, this environment among them', ({ envId }) => ({ claims: { aud: ['other', envId] } })),
  good('valid from now, by a clock that is a little ahead', () => ({ claims: { nbf: seconds(10) } })),
  good('without project_id', claims({ project_id: undefined })),
  good('that says it is not anonymous', claims({ is_anonymous: false, role: 'authenticated' })),
  { title: 'scheme in lower case', headers: (auth) => ({ authorization: `bearer ${auth.token()}` }), status: 200 },
]

const wrongClaims: readonly TokenKind[] = [
  bad('expired', claims({ exp: seconds(-120) }), [401, 'ACCESS_TOKEN_EXPIRED']),
  bad('expired a moment ago, by the login service’s clock too', () => ({ claims: { exp: seconds(-10) } }), [
    401,
    'ACCESS_TOKEN_EXPIRED',
  ]),
  bad('not yet valid', () => ({ claims: { nbf: seconds(120) } })),
  bad('of another environment by audience', claims({ aud: 'env-other' })),
  bad('of another environment by project_id', claims({ project_id: 'env-other' })),
  bad('of another issuer', claims({ iss: 'https://login.example.com' })),
  bad('of another environment’s host', claims({ iss: 'https://env-other.api.tcloudbasegateway.com' })),
  bad('of a host that begins like ours', ({ envId }) => ({
    claims: { iss: `https://${envId}.api.tcloudbasegateway.com.example.com` },
  })),
  bad('without issuer', claims({ iss: undefined })),
  bad('without audience', claims({ aud: undefined })),
  bad('without expiry', claims({ exp: undefined })),
  bad('with an expiry in words', claims({ exp: 'tomorrow' })),
  bad('without sub', ({ envId }) => ({ claims: { sub: undefined, user_id: undefined, aud: envId } })),
  bad('with an empty sub', claims({ sub: '' })),
  bad('with a number as sub', claims({ sub: 19 })),
]

const forged: readonly TokenKind[] = [
  bad('signed with another key under our key’s name', () => ({ sign: rs256(attacker.privateKey) })),
  bad('signed with another key under its own name', () => ({
    header: { kid: 'attacker' },
    sign: rs256(attacker.privateKey),
  })),
  bad('without kid', () => ({ header: { kid: undefined } })),
  bad('kid is a path', () => ({ header: { kid: '../../../../dev/null' }, sign: hs256('') })),
  bad('kid is a URL', () => ({
    header: { kid: 'https://keys.example.com/k' },
    sign: rs256(attacker.privateKey),
  })),
  bad('kid is SQL', () => ({ header: { kid: "' OR 1=1 --" }, sign: rs256(attacker.privateKey) })),
  bad('kid is an object’s own name', () => ({ header: { kid: '__proto__' }, sign: rs256(attacker.privateKey) })),
  bad('kid is no text', () => ({ header: { kid: { $ne: '' } }, sign: rs256(attacker.privateKey) })),
  bad('jku names the attacker’s keys', () => ({
    header: { kid: 'attacker', jku: 'http://127.0.0.1:9/jwks' },
    sign: rs256(attacker.privateKey),
  })),
  bad('x5u names the attacker’s certificate', () => ({
    header: { kid: 'attacker', x5u: 'http://127.0.0.1:9/cert' },
    sign: rs256(attacker.privateKey),
  })),
  bad('brings its own key', ({ key }) => ({
    header: { kid: key().kid, jwk: attacker.jwk },
    sign: rs256(attacker.privateKey),
  })),
  bad('alg none', () => ({ header: { alg: 'none' }, sign: () => '' })),
  bad('alg nOnE with a signature', () => ({ header: { alg: 'nOnE' } })),
  bad('HS256 with the public key as the secret', ({ key }) => ({
    header: { alg: 'HS256' },
    sign: hs256(key().publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  })),
  bad('HS256 with the modulus as the secret', ({ key }) => ({
    header: { alg: 'HS256' },
    sign: hs256(String(key().jwk['n'])),
  })),
  bad('RS512 in the header', () => ({ header: { alg: 'RS512' } })),
  bad('PS256 in the header', () => ({ header: { alg: 'PS256' } })),
  bad('a critical extension', () => ({ header: { crit: ['exp'] } })),
  bad('forged and expired', () => ({ claims: { exp: seconds(-120) }, sign: rs256(attacker.privateKey) })),
  bad('forged and anonymous', () => ({ claims: { is_anonymous: true }, sign: rs256(attacker.privateKey) })),
  malformed('claims changed after signing', (token) => {
    const [header, , signature] = token.split('.')
    const changed = { ...JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()), sub: 'somebody' }
    return `${header}.${encoded(changed)}.${signature}`
  }),
]

const malformedTokens: readonly TokenKind[] = [
  malformed('signature cut short', (token) => token.slice(0, -20)),
  malformed('signature missing', (token) => token.slice(0, token.lastIndexOf('.') + 1)),
  malformed('two parts', (token) => token.slice(0, token.lastIndexOf('.'))),
  malformed('four parts', (token) => `${token}.e30`),
  malformed('five parts, like an encrypted one', (token) => `${token}.e30.e30`),
  malformed('not base64url', (token) => token.replace('.', '.%')),
  malformed('claims that are no JSON', (token) => `${token.split('.')[0]}.bm90.${token.split('.')[2]}`),
  malformed('claims that are a list', (token) => `${token.split('.')[0]}.W10.${token.split('.')[2]}`),
  malformed('header that is a list', (token) => `W10.${token.split('.').slice(1).join('.')}`),
  malformed('oversized', (token) => `${token}${'A'.repeat(9000)}`),
  malformed('one word', () => 'secret'),
  malformed('SQL', () => "'OR'1'='1"),
]

const otherKinds: readonly TokenKind[] = [
  bad('a publishable key', ({ envId }) => ({
    claims: { sub: 'anon', role: 'anon', aud: envId, exp: undefined, meta: { platform: 'PublishableKey' } },
  })),
  bad('a publishable key with an expiry and no platform', claims({ sub: 'anon', role: 'anon' })),
  bad('an API key', claims({ role: 'service_role', meta: { platform: 'ApiKey' }, is_system_admin: true })),
  bad('an API key known by client_type alone', claims({ client_type: 'client_server' })),
  bad('an API key known by app_metadata alone', claims({ app_metadata: { provider: 'apikey' } })),
  bad('a client-credential token', claims({ sub: 'service_account', scope: 'server' })),
  bad('a service role by sub', claims({ sub: 'service_role' })),
  bad('a service role by role', claims({ role: 'service_role' })),
  bad('a system administrator', claims({ is_system_admin: true })),
  {
    title: 'the gateway’s own API key',
    headers: ({ apiKey }) => bearer(apiKey),
    status: 401,
    code: 'INVALID_ACCESS_TOKEN',
  },
  bad('an anonymous user by is_anonymous', claims({ is_anonymous: true }), forbidden),
  bad('an anonymous user by role', claims({ role: 'anon' }), forbidden),
  bad('an anonymous user by scope', claims({ scope: 'user anonymous' }), forbidden),
  bad('an anonymous user by provider', claims({ app_metadata: { provider: 'anonymous' } }), forbidden),
  bad('a blocked user', claims({ sub: blockedUser }), forbidden),
  bad('a deleted user', claims({ sub: deletedUser })),
  bad('a user on the deny list', claims({ sub: deniedUser }), forbidden),
]

const contextOf = (envId: string): string =>
  Buffer.from(JSON.stringify({ envId, userId: '1900000000000000001', authMethod: 'TCB_OAUTH2_C' })).toString('base64')

const noToken: readonly TokenKind[] = [
  missing('no credentials', () => ({})),
  missing('no token after the scheme', () => ({ authorization: 'Bearer ' })),
  missing('basic authentication', () => ({ authorization: 'Basic dXNlcjpwYXNz' })),
  missing('two tokens', (auth) => ({ authorization: `Bearer ${auth.token()} ${auth.token()}` })),
  missing('a token without scheme', (auth) => ({ authorization: auth.token() })),
  missing('a token in a cookie', (auth) => ({ cookie: `access_token=${auth.token()}` })),
  missing(
    'a token in the query',
    () => ({}),
    (auth) => `?access_token=${auth.token()}`,
  ),
  missing('the platform’s context header', ({ envId }) => ({ 'x-cloudbase-context': contextOf(envId) })),
  missing('identity headers', () => ({ 'x-wx-openid': 'o1', 'x-user-id': 'u1', 'x-forwarded-user': 'u1' })),
  missing('the admin key in a bearer’s place', () => ({ authorization: 'the-admin-key-of-the-test' })),
]

/** Every kind of credential that the gateway must distinguish. */
export const tokenKinds: readonly TokenKind[] = [
  ...users,
  ...wrongClaims,
  ...forged,
  ...malformedTokens,
  ...otherKinds,
  ...noToken,
]

/** A token of another service: right claims, unknown key. */
export const foreignToken = (auth: CloudBaseAuth): string =>
  makeToken(attacker, { claims: { iss: auth.origin, aud: auth.envId, sub: '1', exp: seconds(60) } })

/** Adds the table's users to the login service. */
export const addUsers = ({ users: known }: CloudBaseAuth): void => {
  known.set(blockedUser, { status: 'BLOCKED' })
  known.set(deletedUser, null)
}
