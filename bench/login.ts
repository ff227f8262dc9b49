import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto'

/** CloudBase's login as the benchmark plays it: one key, and the tokens it signs. */
export interface Login {
  /** The public key, as the login service shows it. */
  readonly jwk: object
  /** A signed-in user's access token, valid for two hours. */
  readonly token: (origin: string) => string
  /** The same with a signature of no worth. */
  readonly forgedToken: (origin: string) => string
}

export const environmentId = 'bench-1a2b3c'

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

/** As long as a signature of a 2,048-bit key. */
const createNoise = (): string => randomBytes(256).toString('base64url')

const signToken = (
  claims: object,
  { kid, privateKey }: { readonly kid: string; readonly privateKey: KeyObject },
): string => {
  const input = `${encode({ alg: 'RS256', kid, typ: 'JWT' })}.${encode(claims)}`
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`
}
