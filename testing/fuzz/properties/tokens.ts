import { equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import { decodeJwt, decodeJwtHeader } from '../../../shared/auth/tokens/decode-jwt.ts'
import { parserProperty, wireProperty } from '../case-property.ts'
import { exchange, type Reply } from '../exchange.ts'
import { requireContract } from '../expect-reply.ts'
import type { Lab } from '../lab.ts'
import type { FuzzProperty } from '../property.ts'
import { text } from '../values/json.ts'
import { forgery } from '../values/token.ts'

const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })

const sendChat = (lab: Lab, headers: Record<string, string>): Promise<Reply> => {
  lab.respondWith(undefined)
  lab.clearRequests()
  return exchange({ port: lab.port('guarded'), path: '/v1/chat/completions', body, headers })
}

/** Requires a rejection. A 503 is sent if the login service would be called too often. */
const requireRejection = (lab: Lab, reply: Reply): void => {
  requireContract(reply, lab.secrets)
  const { code } = JSON.parse(reply.text) as { code: string }
  ok(
    [401, 403].includes(reply.status) || (reply.status === 503 && code === 'AUTH_UNAVAILABLE'),
    `${reply.status} ${code}`,
  )
  equal(lab.received(), undefined, 'the provider was called')
}

/** Headers that claim a user. */
const claimedIdentity = fc.constantFrom(
  'x-wx-openid',
  'x-cloudbase-context',
  'x-cloudbase-uid',
  'x-user-id',
  'cookie',
  'x-forwarded-user',
  'x-tcb-openid',
)

/** Properties of tokens. */
export const tokenProperties: readonly FuzzProperty[] = [
  wireProperty({
    area: 'tokens',
    title: 'a token that the login service did not sign is rejected, and the reply does not repeat it',
    weight: 4,
    draws: forgery,
    holds: async (lab, forge) => {
      const token = forge(lab.auth)
      const reply = await sendChat(lab, { authorization: `Bearer ${token}` })
      requireRejection(lab, reply)
      ok(token.length < 16 || !reply.text.includes(token), 'the token was repeated')
    },
  }),
  wireProperty({
    area: 'tokens',
    title: 'a request without a token is rejected, with any header that claims a user',
    weight: 1,
    draws: fc.dictionary(claimedIdentity, fc.stringMatching(/^[\x21-\x7e]{1,60}$/), { minKeys: 1 }),
    holds: async (lab, headers) => requireRejection(lab, await sendChat(lab, headers)),
  }),
  wireProperty({
    area: 'tokens',
    title: 'a token that the login service signed is accepted, with any additional claims',
    weight: 0.4,
    draws: fc.dictionary(
      fc.string({ maxLength: 8 }).map((name) => `x_${name}`),
      text,
    ),
    holds: async (lab, claims) => {
      const reply = await sendChat(lab, { authorization: `Bearer ${lab.auth.token({ claims })}` })
      equal(reply.status, 200, reply.text)
    },
  }),
  parserProperty({
    area: 'tokens',
    title: 'any text is decoded as a token or as undefined',
    weight: 3,
    draws: fc.oneof(
      text,
      forgery.map((forge) => (forge.length === 0 ? forge({} as never) : 'a.b.c')),
    ),
    holds: (token) => {
      const read = decodeJwt(token)
      ok(read === undefined || (typeof read.header === 'object' && typeof read.claims === 'object'))
      const header = decodeJwtHeader(token)
      ok(header === undefined || typeof header === 'object')
    },
  }),
]
