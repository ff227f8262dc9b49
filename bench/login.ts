import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto'

/** The login service of the benchmark: one key and its tokens. */
export interface Login {
  /** The public key as a JWK. */
  readonly jwk: object
  /** Creates the access token of a user, valid for two hours. */
  readonly token: (origin: string) => string
  /** Creates the same token with an invalid signature. */
  readonly forgedToken: (origin: string) => string
}

/** The id of the environment in tokens. */
export const environmentId = 'bench-1a2b3c'

/** Creates a login service with a new key. */
export const createLogin = (): Login => {
  const kid = randomUUID()
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const token = (origin: string): string => signToken(createClaims(origin), { kid, privateKey })
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
    token,
    forgedToken: (origin) =>
      [encode({ alg: 'RS256', kid, typ: 'JWT' }), encode(createClaims(origin)), createNoise()].join('.'),
  }
}

const createClaims = (origin: string): object => {
  const sub = String(1_900_000_000_000_000 + Math.floor(Math.random() * 1e9))
  const now = Math.floor(Date.now() / 1000)
  const who = { iss: origin, sub, user_id: sub, aud: environmentId, project_id: environmentId }
  return { ...who, iat: now, exp: now + 7200, scope: 'user sso', provider: 'username', jti: randomUUID() }
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Creates random bytes with the length of a signature of a 2,048-bit key. */
const createNoise = (): string => randomBytes(256).toString('base64url')

const signToken = (
  claims: object,
  { kid, privateKey }: { readonly kid: string; readonly privateKey: KeyObject },
): string => {
  const input = `${encode({ alg: 'RS256', kid, typ: 'JWT' })}.${encode(claims)}`
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`
}
