import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A signing key and its public key as in the JWKS. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

/** Creates a 2,048-bit RSA key. */
export const signingKey = (kid: string): SigningKey => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } }
}

/** The parts of a token. Absent parts are those of a valid token. */
export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** Replaces the signature. */
  readonly sign?: (signingInput: string) => string
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Creates a JWS in compact form. The default signature is RS256 with the key. */
export const makeToken = (key: SigningKey, { header, claims = {}, sign: createSignature }: TokenParts): string => {
  const input = `${base64url({ alg: 'RS256', kid: key.kid, ...header })}.${base64url(claims)}`
  return `${input}.${createSignature ? createSignature(input) : rs256(key.privateKey)(input)}`
}

/** Signs with RS256 and a private key. */
export const rs256 =
  (privateKey: KeyObject) =>
  (input: string): string =>
    sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')

/** Signs with HS256 and any text as the secret, as an attacker does with the public key. */
export const hs256 =
  (secret: string) =>
  (input: string): string =>
    createHmac('sha256', secret).update(input).digest('base64url')
