import { randomUUID, verify } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { loopbackServer } from '../servers/loopback-server.ts'
import { type CaptchaEndpoint, createCaptchaReplies } from './captcha.ts'
import { createSignInReplies, createSignIns, type SignInEndpoint, type SignIns } from './sign-in.ts'
import { makeToken, type SigningKey, signingKey, type TokenParts } from './token-maker.ts'

/** A fault of an endpoint: a closed connection, no reply, a 500, a 429, a redirect, an HTML page, a huge reply, or a delay in
 *  milliseconds. */
export type Fault = 'down' | 'hang' | 'error' | 'busy' | 'redirect' | 'html' | 'huge' | number

/** The endpoints. Each counts its calls and can have a fault. */
export type Endpoint =
  | 'certs'
  | 'user/me'
  | 'user/signout'
  | 'token'
  | 'admin'
  | 'introspect'
  | SignInEndpoint
  | CaptchaEndpoint

/** A running auth service. */
export interface CloudBaseAuth {
  readonly origin: string
  readonly envId: string
  readonly apiKey: string
  /** Calls by endpoint since the start. */
  readonly calls: Record<Endpoint, number>
  readonly faults: Partial<Record<Endpoint, Fault>>
  /** The environment of a function that uses this service and has no credentials of its own. */
  readonly environment: Readonly<Record<string, string>>
  /** The same with `CLOUDBASE_APIKEY`, as the documentation recommends. The SDK's calls reach this service. */
  readonly recommendedEnvironment: Readonly<Record<string, string>>
  /** Returns the current signing key. */
  readonly key: () => SigningKey
  /** Creates a token of an active user. The given parts replace the defaults. */
  readonly token: (parts?: TokenParts) => string
  /** Signs with a new key from now on; the old ones stay in the JWKS until they are withdrawn. */
  readonly rotate: () => void
  /** Takes all but the signing key from the JWKS. */
  readonly withdrawOldKeys: () => void
  /** Profiles by user id: the fields that differ from an active user. `null`: the user does not exist. */
  readonly users: Map<string, Readonly<Record<string, unknown>> | null>
  /** Ends the session of a token: `user/me` rejects the token, and the SDK's look-up does not show it. */
  readonly signOut: (token: string) => void
  /** Whether the SDK's look-up states a user's `status`. Its documentation names no such field, so it is off at first. */
  readonly lookup: { statesStatus: boolean }
  /** Who can sign in, and how. */
  readonly signIns: SignIns
  /** The origins of web pages that may call the service: the safe domains of the environment. */
  readonly safeOrigins: Set<string>
  readonly close: () => Promise<void>
}

/** The first key of every service in this process, because creating a key is slow. */
const firstKey = signingKey(`key-${randomUUID()}`)

/** A loopback CloudBase auth service with real RSA keys, on the real wire: the JWKS, `user/me`, token refresh, `introspect`
 *  with its `200 {}`, and the `/admin` action behind `@cloudbase/node-sdk`'s `getEndUserInfo`. It
 *  accepts every token that it has signed, publishable keys included, so that the gateway itself must tell them apart. */
export const startCloudBaseAuth = async (envId = 'env-1a2b3c'): Promise<CloudBaseAuth> => {
  let keys = [firstKey]
  const calls = Object.fromEntries(paths.map(([, endpoint]) => [endpoint, 0])) as CloudBaseAuth['calls']
  const signIns = createSignIns()
  const safeOrigins = new Set<string>()
  const faults: CloudBaseAuth['faults'] = {}
  const users: CloudBaseAuth['users'] = new Map()
  const signedOut = new Set<string>()
  const lookup: CloudBaseAuth['lookup'] = { statesStatus: false }
  const apiKey = `api-key-${randomUUID()}`
  const current = (): SigningKey => keys[keys.length - 1] as SigningKey
  const server = await loopbackServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  const origin = server.url

  const token: CloudBaseAuth['token'] = (parts = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const sub = String(parts.claims?.['sub'] ?? '1900000000000000001')
    const good = { iss: origin, sub, user_id: sub, aud: envId, project_id: envId, iat: now, exp: now + 7200 }
    const rest = { scope: 'user sso', provider: 'username', jti: randomUUID() }
    return makeToken(current(), { ...parts, claims: { ...good, ...rest, ...parts.claims } })
  }
  const findProfile = (authorization = ''): object | undefined => {
    const given = authorization.replace('Bearer ', '')
    const claims = signedOut.has(given) ? undefined : verifyClaims(given, keys)
    if (claims === undefined || Number(claims['exp'] ?? Infinity) * 1000 < Date.now()) return undefined
    const id = String(claims['sub'])
    const known = users.get(id)
    return known === null
      ? undefined
      : {
          sub: id,
          user_id: id,
          name: claims['scope'] === 'anonymous' ? 'anonymous' : 'Ann',
          status: 'ACTIVE',
          ...known,
        }
  }
  const issue = (sub: string, claims: object): object => ({
    ...{ token_type: 'Bearer', expires_in: 7200, refresh_token: `refresh-${sub}`, scope: 'user sso', sub },
    access_token: token({ claims: { sub, ...claims } }),
    ...claims,
  })
  const captchaReplies = createCaptchaReplies(signIns.captcha)
  const signInReplies = { ...createSignInReplies(signIns, issue), ...captchaReplies }
  const signInReply =
    (endpoint: SignInEndpoint | CaptchaEndpoint) =>
    (request: IncomingMessage, body: string): [number, unknown] => {
      const refused = guarded.has(endpoint) ? captchaReplies.demand(request) : undefined
      return [...(refused ?? signInReplies[endpoint](JSON.parse(body || '{}')))]
    }
  const replies: Record<Endpoint, (request: IncomingMessage, body: string) => [status: number, body: unknown]> = {
    certs: () => [200, { keys: keys.map(({ jwk }) => jwk) }],
    'user/me': ({ headers }) => {
      const profile = findProfile(headers.authorization)
      return profile ? [200, profile] : [401, { error: 'unauthenticated', error_code: 16 }]
    },
    introspect: ({ headers }) => [200, findProfile(headers.authorization) ?? {}],
    'user/signout': () => [200, {}],
    signin: signInReply('signin'),
    'signin/anonymously': signInReply('signin/anonymously'),
    signup: signInReply('signup'),
    verification: signInReply('verification'),
    'verification/verify': signInReply('verification/verify'),
    'captcha/data': signInReply('captcha/data'),
    'captcha/data/verify': signInReply('captcha/data/verify'),
    token: (_, body) => {
      const { refresh_token: refreshToken = '' } = JSON.parse(body) as { refresh_token?: string }
      const sub = refreshToken.replace('refresh-', '')
      if (signIns.ended.has(sub)) return [400, { error: 'invalid_grant', error_description: 'The session has ended.' }]
      const fresh = { access_token: token({ claims: { sub } }), refresh_token: refreshToken }
      return [200, { token_type: 'Bearer', expires_in: 7200, scope: 'user sso', sub, ...fresh }]
    },
    admin: ({ headers }, body) => {
      const { action, uuid = '' } = JSON.parse(body) as { action: string; uuid?: string }
      if (headers.authorization !== `Bearer ${apiKey}`) return [200, { code: 'SIGN_PARAM_INVALID', message: 'no' }]
      if (action !== 'auth.getUserInfoForAdmin') return [200, { code: 'INVALID_ACTION', message: 'no' }]
      const known = users.get(uuid)
      const documented = { uid: uuid, isAnonymous: known?.['isAnonymous'] === true, customUserId: '', openId: '' }
      const status = lookup.statesStatus && { status: known?.['status'] ?? 'ACTIVE' }
      return [200, { data: known === null ? {} : { ...documented, ...status }, requestId: randomUUID() }]
    },
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readText(request)
    if (allowPage(request, response, safeOrigins)) return
    const endpoint = findEndpoint(request.url ?? '')
    calls[endpoint] += 1
    const fault = faults[endpoint]
    if (typeof fault === 'string') return faultReplies[fault](response)
    if (fault !== undefined) await new Promise((resolve) => setTimeout(resolve, fault))
    const [status, reply] = replies[endpoint](request, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
  }
  const environment = { CLOUDBASE_ENV_ID: envId, CLOUDBASE_AUTH_ORIGIN: origin }
  const sdkAddress = JSON.stringify({ URL: `${origin}/admin` })
  return {
    origin,
    envId,
    apiKey,
    calls,
    faults,
    environment,
    recommendedEnvironment: {
      ...environment,
      CLOUDBASE_APIKEY: apiKey,
      TCB_CONTEXT_CNFG: sdkAddress,
      TENCENTCLOUD: 'true',
    },
    key: current,
    token,
    rotate: () => void keys.push(signingKey(`key-${randomUUID()}`)),
    withdrawOldKeys: () => {
      keys = [current()]
    },
    users,
    signOut: (ended) => void signedOut.add(ended),
    lookup,
    signIns,
    safeOrigins,
    close: server.close,
  }
}

/** The endpoints that may need a captcha. */
const guarded: ReadonlySet<string> = new Set(['signin', 'verification'])

/** The endpoints by the start of their path, the longest first. */
const paths: readonly [string, Endpoint][] = [
  ['/auth/v1/certs', 'certs'],
  ['/auth/v1/user/me', 'user/me'],
  ['/auth/v1/user/signout', 'user/signout'],
  ['/auth/v1/token/introspect', 'introspect'],
  ['/auth/v1/token', 'token'],
  ['/auth/v1/signin/anonymously', 'signin/anonymously'],
  ['/auth/v1/signin', 'signin'],
  ['/auth/v1/signup', 'signup'],
  ['/auth/v1/verification/verify', 'verification/verify'],
  ['/auth/v1/verification', 'verification'],
  ['/auth/v1/captcha/data/verify', 'captcha/data/verify'],
  ['/auth/v1/captcha/data', 'captcha/data'],
  ['/admin', 'admin'],
]

const findEndpoint = (url: string): Endpoint => paths.find(([path]) => url.startsWith(path))?.[1] ?? 'admin'

/** Adds the headers that let a page read the reply. Returns whether it was a preflight, to which it has replied. */
const allowPage = ({ method, headers }: IncomingMessage, response: ServerResponse, origins: Set<string>): boolean => {
  const { origin = '', 'access-control-request-headers': requested = '' } = headers
  if (origins.has(origin)) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-allow-headers', requested)
  }
  if (method !== 'OPTIONS') return false
  response.writeHead(204).end()
  return true
}

const faultReplies: Record<Exclude<Fault, number>, (response: ServerResponse) => void> = {
  down: (response) => void response.destroy(),
  hang: () => undefined,
  error: (response) => void response.writeHead(500).end('{"code":"SYS_ERR"}'),
  busy: (response) => void response.writeHead(429).end('{}'),
  redirect: (response) => void response.writeHead(302, { location: '/auth/v1/token/introspect' }).end(),
  html: (response) => void response.writeHead(200).end('<html>maintenance</html>'),
  huge: (response) => void response.writeHead(200).end(`{"sub":"1","pad":"${'x'.repeat(200_000)}"}`),
}

/** Returns the claims of a token if one of the keys has signed it. */
const verifyClaims = (token: string, keys: readonly SigningKey[]): Record<string, unknown> | undefined => {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const input = Buffer.from(`${header}.${claims}`)
  const isSigned = keys.some((key) => verify('RSA-SHA256', input, key.publicKey, Buffer.from(signature, 'base64url')))
  return isSigned ? (JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>) : undefined
}
