import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import { readFields } from '../../../shared/protocol/call.ts'
import { wireProperty } from '../case-property.ts'
import { requireEndedStream } from '../client-events.ts'
import { exchange, type Reply } from '../exchange.ts'
import { requireNoServerError } from '../expect-reply.ts'
import type { Endpoint, Lab } from '../lab.ts'
import type { FuzzProperty } from '../property.ts'
import { chatBody, completionBody } from '../values/chat-body.ts'
import { json, jsonText, nearlyJson, text } from '../values/json.ts'
import { countMembers, membersText } from '../values/member-text.ts'

const paths = { chat: '/v1/chat/completions', completions: '/v1/completions' } as const

const post = (lab: Lab, endpoint: keyof typeof paths, body: string | Uint8Array): Promise<Reply> => {
  lab.respondWith(undefined)
  lab.clearRequests()
  return exchange({
    port: lab.port(endpoint satisfies Endpoint),
    path: paths[endpoint],
    body,
    headers: { 'content-type': 'application/json' },
  })
}

const requireValid = (lab: Lab, reply: Reply): void => {
  requireNoServerError(reply, lab.secrets)
  if (reply.status === 200 && String(reply.headers['content-type']).startsWith('text/event-stream'))
    requireEndedStream(reply.text)
}

/** Fields with which a client could send its request to another host, or get a fake response. */
const steeringFields = [
  ...[
    'api_key',
    'api_base',
    'base_url',
    'api_version',
    'custom_llm_provider',
    'extra_headers',
    'extra_body',
    'fallbacks',
  ],
  ...['mock_response', 'model_list', 'models', 'route', 'provider', 'plugins', 'num_retries', 'timeout'],
]

const unknownField = fc
  .oneof(text, fc.constantFrom('temperature', 'tools', 'seed', 'logit_bias', 'response_format', 'metadata', 'tomorrow'))
  .filter((name) => !readFields.includes(name) && !steeringFields.includes(name))

/** Properties of the bodies of requests. */
export const bodyProperties: readonly FuzzProperty[] = [
  wireProperty({
    area: 'bodies',
    title: 'any chat body gets a completion or an error below 500',
    weight: 9,
    draws: chatBody,
    holds: async (lab, body) => requireValid(lab, await post(lab, 'chat', JSON.stringify(body))),
  }),
  wireProperty({
    area: 'bodies',
    title: 'any completion body gets a completion or an error below 500',
    weight: 4,
    draws: completionBody,
    holds: async (lab, body) => requireValid(lab, await post(lab, 'completions', JSON.stringify(body))),
  }),
  wireProperty({
    area: 'bodies',
    title: 'any bytes as a body are rejected with a 400',
    weight: 5,
    draws: fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      nearlyJson.map((body) => Buffer.from(body)),
      json.map((body) => Buffer.from(JSON.stringify(body))),
    ),
    holds: async (lab, body) => {
      const reply = await post(lab, 'chat', body)
      requireNoServerError(reply, lab.secrets)
      equal(reply.status, 400)
    },
  }),
  wireProperty({
    area: 'bodies',
    title: 'unknown fields of a body reach the provider unchanged, and fields that steer the gateway do not',
    weight: 4,
    draws: fc.tuple(
      fc.dictionary(unknownField, json, { maxKeys: 5 }),
      fc.dictionary(fc.constantFrom(...steeringFields), json),
    ),
    holds: async (lab, [unknown, steering]) => {
      const sent = JSON.stringify({ ...steering, ...unknown, model: 'm', messages: [{ role: 'user', content: 'hi' }] })
      const reply = await post(lab, 'chat', sent)
      equal(reply.status, 200, reply.text)
      const { body = {} } = lab.received() ?? {}
      const expected = JSON.parse(sent) as Record<string, unknown>
      for (const field of Object.keys(steering)) {
        ok(!Object.hasOwn(body, field), `${field} was forwarded`)
        delete expected[field]
      }
      deepEqual({ ...body }, { ...expected })
    },
  }),
  wireProperty({
    area: 'bodies',
    title:
      'for any spelling of a body the provider gets each field once, with its last value, and no field that steers',
    weight: 3,
    draws: membersText(fc.oneof(unknownField, fc.constantFrom(...steeringFields, 'tomorrow', 'tomorrow')), jsonText),
    holds: async (lab, members) => {
      const own = '"model":"priced", "messages":[{"role":"user","content":"hi"}]'
      const sent = `{${[members, own].filter((part) => part !== '').join(',')}}`
      const reply = await post(lab, 'chat', sent)
      equal(reply.status, 200, reply.text)
      const { body = {}, text: received = '' } = lab.received() ?? {}
      const expected = JSON.parse(sent) as Record<string, unknown>
      for (const field of steeringFields) delete expected[field]
      deepEqual({ ...body }, { ...expected })
      equal(countMembers(received), Object.keys(body).length, received)
    },
  }),
]
