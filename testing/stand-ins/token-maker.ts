import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A signing key of the stand-in and its public half as the JWKS shows it. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

/** A fresh 2,048-bit RSA key. */
export const signingKey = (kid: string): SigningKey => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } }
}

/** What a token is made of: parts not given are those of a good user's token. */
export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** Replaces the signature. */
  readonly sign?: (signingInput: string) => string
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWS in compact form, signed with the key by RS256 unless the parts say otherwise. */
export const makeToken = (key: SigningKey, { header, claims = {}, sign: signed }: TokenParts): string => {
  const input = `${base64url({ alg: 'RS256', kid: key.kid, ...header })}.${base64url(claims)}`
  return `${input}.${signed ? signed(input) : rs256(key.privateKey)(input)}`
}

/** RS256 with a private key. */
export const rs256 =
  (privateKey: KeyObject) =>
  (input: string): string =>
    sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')

/** HS256 with any text as the secret: the attack that signs with the public key. */
export const hs256 =
  (secret: string) =>
  (input: string): string =>
    createHmac('sha256', secret).update(input).digest('base64url')
