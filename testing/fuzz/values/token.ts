import * as fc from 'fast-check'
import type { CloudBaseAuth } from '../../stand-ins/cloudbase-auth.ts'
import { hs256, makeToken } from '../../stand-ins/token-maker.ts'
import { json, nearlyJson, text } from './json.ts'

/** Makes a bearer token that must not be let in. */
export type Forgery = (auth: CloudBaseAuth) => string

const encoded = (value: string | Buffer): string => Buffer.from(value).toString('base64url')

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
  fc.oneof(json, headerField).map((value) => encoded(JSON.stringify(value))),
  nearlyJson.map(encoded),
  fc.base64String({ maxLength: 30 }),
  fc.stringMatching(/^[A-Za-z0-9_.-]{0,30}$/),
)

/** A good token with one character of what is signed changed: the signature no longer fits. */
const altered = fc.tuple(fc.nat(), fc.constantFrom('A', 'z', '0', '_')).map(
  ([place, character]): Forgery =>
    (auth) => {
      const token = auth.token()
      const at = place % token.lastIndexOf('.')
      const other = token[at] === character ? 'B' : character
      return token.slice(0, at) + other + token.slice(at + 1)
    },
)

/** Claims of the token's own choice under a signature that is not the service's. */
const unsigned = fc
  .tuple(headerField, fc.dictionary(fc.constantFrom('sub', 'exp', 'iss', 'aud', 'scope', 'role'), json))
  .map(
    ([header, claims]): Forgery =>
      (auth) =>
        makeToken(auth.key(), { header, claims, sign: hs256(JSON.stringify(auth.key().jwk)) }),
  )

/** A good user's claims under a signature of the sender's own making. */
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

/** More characters do not fit into the headers of a request, and no function sees them. */
const longest = 12_000

/** Tokens of every wrong kind. */
export const forgery: fc.Arbitrary<Forgery> = fc.oneof(
  { weight: 3, arbitrary: altered },
  { weight: 2, arbitrary: badlySigned },
  { weight: 3, arbitrary: unsigned },
  {
    weight: 2,
    arbitrary: fc.array(part, { maxLength: 4 }).map(
      (parts): Forgery =>
        () =>
          parts.join('.').slice(0, longest),
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
    arbitrary: fc.nat(longest).map(
      (length): Forgery =>
        () =>
          'x'.repeat(length),
    ),
  },
)
