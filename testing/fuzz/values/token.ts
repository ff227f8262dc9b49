import * as fc from 'fast-check'
import type { CloudBaseAuth } from '../../stand-ins/cloudbase-auth.ts'
import { hs256, makeToken } from '../../stand-ins/token-maker.ts'
import { json, nearlyJson, text } from './json.ts'

/** Creates a bearer token that must be rejected. */
export type Forgery = (auth: CloudBaseAuth) => string

const encode = (value: string | Buffer): string => Buffer.from(value).toString('base64url')

const headerField = fc.record(
  {
    alg: fc.oneof(fc.constantFrom('none', 'None', 'HS256', 'RS384', 'ES256', 'PS256', 'RS256'), json),
    kid: fc.oneof(json, text),
    jku: fc.constant('http://127.0.0.1:1/keys'),
    jwk: json,
    crit: fc.constant(['exp']),
    typ: json,
  },
  { requiredKeys: ['alg'] },
)

const part = fc.oneof(
  fc.oneof(json, headerField).map((value) => encode(JSON.stringify(value))),
  nearlyJson.map(encode),
  fc.base64String({ maxLength: 30 }),
  fc.stringMatching(/^[A-Za-z0-9_.-]{0,30}$/),
)

/** A valid token with one changed character in its signed part. */
const altered = fc.tuple(fc.nat(), fc.constantFrom('A', 'z', '0', '_')).map(
  ([place, character]): Forgery =>
    (auth) => {
      const token = auth.token()
      const at = place % token.lastIndexOf('.')
      const other = token[at] === character ? 'B' : character
      return token.slice(0, at) + other + token.slice(at + 1)
    },
)

/** Any claims with a signature that is not from the login service. */
const unsigned = fc
  .tuple(headerField, fc.dictionary(fc.constantFrom('sub', 'exp', 'iss', 'aud', 'scope', 'role'), json))
  .map(
    ([header, claims]): Forgery =>
      (auth) =>
        makeToken(auth.key(), { header, claims, sign: hs256(JSON.stringify(auth.key().jwk)) }),
  )

/** Valid claims with any signature. */
const badlySigned = fc
  .tuple(fc.base64String({ maxLength: 400 }), fc.constantFrom('RS256', 'HS256', 'none', 'RS512'))
  .map(
    ([signature, alg]): Forgery =>
      (auth) =>
        auth.token({
          header: { alg },
          sign: () => signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
        }),
  )

/** The maximum length, in characters. Longer tokens do not fit into the headers of a request. */
const maxLength = 12_000

/** Invalid tokens of every kind. */
export const forgery: fc.Arbitrary<Forgery> = fc.oneof(
  { weight: 3, arbitrary: altered },
  { weight: 2, arbitrary: badlySigned },
  { weight: 3, arbitrary: unsigned },
  {
    weight: 2,
    arbitrary: fc.array(part, { maxLength: 4 }).map(
      (parts): Forgery =>
        () =>
          parts.join('.').slice(0, maxLength),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.stringMatching(/^[\x21-\x7e]{1,80}$/).map(
      (token): Forgery =>
        () =>
          token,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(maxLength).map(
      (length): Forgery =>
        () =>
          'x'.repeat(length),
    ),
  },
)
