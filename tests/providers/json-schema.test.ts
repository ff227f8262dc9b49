import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { findSchemaProblem } from '../../shared/providers/json-schema-check.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../support/call-provider.ts'
import { readStream } from '../support/read-stream.ts'

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
}
const format = { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } }
const good = '{"city":"北京","degrees":21}'
const bad = '{"city":"北京","degrees":"warm"}'

const whole = (...contents: (string | null)[]): Script =>
  json({
    choices: contents.map((content, index) => ({
      index,
      message: { role: 'assistant', content },
      finish_reason: 'stop',
    })),
  })

const chunk = (delta: object, reason: string | null = null, index = 0): string =>
  `data: ${JSON.stringify({ choices: [{ index, delta, finish_reason: reason }] })}\n\n`

let provider: ScriptedProvider
let script: Script

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
})

beforeEach(() => {
  provider.requests.length = 0
  script = whole(good)
})

afterAll(() => provider.close())

const call = caller()
const route = (fields = {}) => routeTo(provider.url, { jsonSchema: 'prompt', ...fields })

describe('the request', () => {
  test('asks for json_object, with the schema at the end of the system message', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ]
    await call(route(), { messages, response_format: format })
    const { messages: sent, response_format } = { ...provider.requests[0]?.body }
    expect(response_format).toEqual({ type: 'json_object' })
    const [system, ...others] = sent as [{ role: string; content: string }]
    expect(system.role).toBe('system')
    expect(system.content).toMatch(/^Be brief\.\n\nAnswer in json: .*"weather"/)
    expect(system.content.endsWith(`\n\n${JSON.stringify(schema)}`)).toBe(true)
    expect(others).toEqual(messages.slice(1))
  })

  test.each([
    ['none', [{ role: 'user', content: 'hi' }], { role: 'system', content: expect.stringMatching(/^Answer in json/) }],
    [
      'an empty one',
      [{ role: 'developer', content: '' }],
      { role: 'developer', content: expect.stringMatching(/^Answer in json/) },
    ],
    [
      'one of parts',
      [{ role: 'system', content: [{ type: 'text', text: 'a' }] }],
      {
        role: 'system',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: expect.stringMatching(/^Answer in json/) },
        ],
      },
    ],
  ])('has one system message, too, if the client sends %s', async (_name, messages, first) => {
    await call(route(), { messages, response_format: format })
    const sent = provider.requests[0]?.body['messages'] as object[]
    expect(sent[0]).toEqual(first)
    expect(sent.filter((message) => 'role' in message && message.role === 'system').length).toBeLessThanOrEqual(1)
  })

  test('goes unchanged if the provider knows schemas, or if the client asks for none', async () => {
    await call(route({ jsonSchema: 'native' }), { response_format: format })
    await call(route(), { response_format: { type: 'json_object' } })
    await call(route(), {})
    expect(provider.requests.map(({ body }) => [body['messages'], body['response_format']])).toEqual([
      [[{ role: 'user', content: 'hi' }], format],
      [[{ role: 'user', content: 'hi' }], { type: 'json_object' }],
      [[{ role: 'user', content: 'hi' }], undefined],
    ])
  })

  test('takes the schema of the defaults, and sends no format that the route drops', async () => {
    await call(route({ defaultParams: { response_format: format }, dropParams: ['response_format'] }), {})
    const { body } = provider.requests[0] ?? {}
    expect(JSON.stringify(body?.['messages'])).toContain('degrees')
    expect(body).not.toHaveProperty('response_format')
  })

  test.each([{ type: 'json_schema' }, { type: 'json_schema', json_schema: { name: 'a', schema: [] } }])(
    'is a 400 without a schema: %j',
    async (response_format) => {
      await expect(call(route(), { response_format })).rejects.toMatchObject({
        status: 400,
        code: 'invalid_value',
        options: { param: 'response_format' },
      })
    },
  )
})

describe('the reply', () => {
  test.each([
    [good, { mode: 'prompt', valid: true }],
    [bad, { mode: 'prompt', valid: false, error: '/degrees must be of type integer.' }],
    ['Warm.', { mode: 'prompt', valid: false, error: 'The answer is not JSON.' }],
    ['', { mode: 'prompt', valid: false, error: 'The answer is not JSON.' }],
  ])('says whether an answer is valid, whole and streamed: %s', async (content, mark) => {
    script = whole(content)
    const { body } = await call(route(), { response_format: format })
    expect(JSON.parse(body).choices[0]).toMatchObject({ message: { content }, json_schema: mark })
    const half = content.length / 2
    script = sse(chunk({ content: content.slice(0, half) }), chunk({ content: content.slice(half) }), chunk({}, 'stop'))
    const { events } = readStream((await call(route(), { response_format: format, stream: true })).body)
    expect(events.map(({ choices }) => choices?.[0]).map((choice) => choice && 'json_schema' in choice)).toEqual([
      false,
      false,
      true,
    ])
    expect(events.at(-1)?.choices?.[0]).toMatchObject({ finish_reason: 'stop', json_schema: mark })
  })

  test('marks each choice by itself', async () => {
    script = whole(good, bad)
    const { body } = await call(route(), { response_format: format, n: 2 })
    expect(JSON.parse(body).choices.map(({ json_schema }: { json_schema: object }) => json_schema)).toMatchObject([
      { valid: true },
      { valid: false },
    ])
    script = sse(
      chunk({ content: good }, null, 0),
      chunk({ content: bad }, null, 1),
      chunk({}, 'stop', 1),
      chunk({}, 'stop', 0),
    )
    const { events } = readStream((await call(route(), { response_format: format, n: 2, stream: true })).body)
    expect(events.slice(2).map(({ choices }) => choices?.[0])).toMatchObject([
      { index: 1, json_schema: { valid: false } },
      { index: 0, json_schema: { valid: true } },
    ])
  })

  test('does not mark a choice that calls tools', async () => {
    const toolCalls = [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }]
    script = json({
      choices: [
        { index: 0, message: { role: 'assistant', content: null, tool_calls: toolCalls }, finish_reason: 'tool_calls' },
      ],
    })
    expect((await call(route(), { response_format: format })).body).not.toContain('json_schema')
    script = sse(chunk({ tool_calls: toolCalls }), chunk({}, 'tool_calls'))
    expect((await call(route(), { response_format: format, stream: true })).body).not.toContain('json_schema')
  })

  test('keeps the usage chunk that the client asks for', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
    script = sse(chunk({ content: good }), chunk({}, 'stop'), `data: ${JSON.stringify({ choices: [], usage })}\n\n`)
    const { end } = await call(route(), {
      response_format: format,
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(readStream(end?.writeEnd(usage) ?? '').events[0]).toMatchObject({ choices: [], usage })
  })
})

describe('the check of a schema', () => {
  const steps = {
    $defs: {
      step: {
        type: 'object',
        properties: { next: { anyOf: [{ $ref: '#/$defs/step' }, { type: 'null' }] } },
        required: ['next'],
      },
    },
    $ref: '#/$defs/step',
  }
  test.each([
    [{ type: ['string', 'null'] }, null, undefined],
    [{ type: ['string', 'null'] }, 1, '/ must be of type string or null.'],
    [{ type: 'integer' }, 1.5, '/ must be of type integer.'],
    [{ type: 'integer' }, 2.0, undefined],
    [{ type: 'stringy' }, 2, undefined],
    [{ enum: ['a', { b: [1] }] }, { b: [1] }, undefined],
    [{ enum: ['a', { b: [1] }] }, { b: [2] }, '/ must be a value of enum.'],
    [{ const: { a: 1, b: 2 } }, { b: 2, a: 1 }, undefined],
    [{ const: [] }, {}, '/ must be the value of const.'],
    [{ required: ['toString'] }, {}, '/ must have the property "toString".'],
    [{ properties: { 'a/b~': { type: 'null' } } }, { 'a/b~': 1 }, '/a~1b~0 must be of type null.'],
    [{ additionalProperties: false, properties: { a: {} } }, { a: 1, b: 2 }, '/b is not allowed.'],
    [{ additionalProperties: { type: 'number' } }, { b: 'x' }, '/b must be of type number.'],
    [{ additionalProperties: false, patternProperties: { '^b': {} } }, { b: 2 }, undefined],
    [{ items: { type: 'number' } }, [1, 'x'], '/1 must be of type number.'],
    [{ prefixItems: [{ type: 'string' }], items: false }, ['a', 1], '/1 is not allowed.'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1, '/ must match a schema of anyOf.'],
    [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 1, '/ must match exactly one schema of oneOf.'],
    [{ allOf: [{ type: 'number' }, { minimum: 3 }] }, 1, '/ must be at least 3.'],
    [{ exclusiveMinimum: 3 }, 3, '/ must be more than 3.'],
    [{ maximum: 3 }, 4, '/ must be at most 3.'],
    [{ exclusiveMaximum: 3 }, 3, '/ must be less than 3.'],
    [{ multipleOf: 0.1 }, 0.3, undefined],
    [{ multipleOf: 2 }, 3, '/ must be a multiple of 2.'],
    [{ minLength: 2, maxLength: 2 }, '🙂🙂', undefined],
    [{ maxLength: 1 }, 'ab', '/ must have a length of at most 1.'],
    [{ minItems: 1 }, [], '/ must have a length of at least 1.'],
    [{ maxItems: 1 }, [1, 2], '/ must have a length of at most 1.'],
    [{ minProperties: 1 }, {}, '/ must have a number of properties of at least 1.'],
    [{ maxProperties: 0 }, { a: 1 }, '/ must have a number of properties of at most 0.'],
    [steps, { next: { next: null } }, undefined],
    [steps, { next: { next: 1 } }, '/next must match a schema of anyOf.'],
    [{ $ref: '#' }, 1, 'The schema is too complex to check.'],
    [{ $ref: '#/nowhere' }, 1, undefined],
    [{ $defs: { 'a b': { type: 'null' } }, $ref: '#/$defs/a%20b' }, 1, '/ must be of type null.'],
    [{ pattern: '(a+)+$', format: 'email' }, `${'a'.repeat(50)}!`, undefined],
    [true, 1, undefined],
    [false, 1, '/ is not allowed.'],
  ])('%j finds in %j: %s', (given, value, problem) => {
    const expected = given === steps && problem ? expect.stringMatching(/anyOf/) : problem
    expect(findSchemaProblem(value, given)).toEqual(expected)
  })

  test('ends for a schema that doubles at each level', () => {
    const level = (depth: number): object => ({
      anyOf: [{ $ref: `#/$defs/${depth + 1}` }, { $ref: `#/$defs/${depth + 1}` }],
    })
    const $defs = Object.fromEntries(Array.from({ length: 60 }, (_, depth) => [depth, level(depth)]))
    expect(findSchemaProblem(1, { $defs: { ...$defs, 60: false }, $ref: '#/$defs/0' })).toBe(
      'The schema is too complex to check.',
    )
  })
})
