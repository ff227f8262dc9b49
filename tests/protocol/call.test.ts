import { describe, expect, test } from '@jest/globals'
import { parseCall } from '../../shared/protocol/call.ts'

const messages = [{ role: 'user', content: 'hi' }]

const getForwarded = (fields: object): unknown =>
  parseCall('chat/completions', Buffer.from(JSON.stringify({ model: 'm', messages, ...fields }))).body

test.each([
  ['api_base', 'http://127.0.0.1'],
  ['mock_response', 'free'],
  ['input_cost_per_token', 0],
  ['model_list', [{ model_name: 'm' }]],
  ['context_window_fallback_dict', { m: 'dearer' }],
  ['models', ['dearer']],
  ['route', 'fallback'],
  ['provider', { order: ['dearer'] }],
  ['provider', 'dearer'],
  ['plugins', [{ id: 'web' }]],
])('does not forward %s, which controls a gateway: %j', (field, value) => {
  expect(getForwarded({ [field]: value })).toEqual({ model: 'm', messages })
})

test.each([
  ['service_tier', 'flex'],
  ['tomorrow', { a: [null] }],
])('forwards %s, a field of the model: %j', (field, value) => {
  expect(getForwarded({ [field]: value })).toEqual({ model: 'm', messages, [field]: value })
})

test.each([
  ['Model', 'dearer'],
  ['N', 100],
  ['Max_Tokens', 1_000_000],
  ['ſtream', true],
  ['Stream_Options', { include_usage: false }],
  ['best_oF', 100],
  ['uſer', 'another user'],
  ['API_BASE', 'http://127.0.0.1'],
])('does not forward %s, another spelling of a field that the gateway checks: %j', (field, value) => {
  expect(getForwarded({ [field]: value })).toEqual({ model: 'm', messages })
})

test('forwards topP, which is not another spelling of a checked field', () => {
  expect(getForwarded({ topP: 1 })).toMatchObject({ topP: 1 })
})

describe('a field that the gateway reads', () => {
  const base = { model: 'm', messages: [{ role: 'user', content: 'hi' }], prompt: 'hi' }

  test.each([
    ['chat/completions', 'stream_options', 'text'],
    ['chat/completions', 'stream_options', []],
    ['completions', 'stream_options', true],
    ['completions', 'prompt', []],
    ['completions', 'prompt', [[]]],
    ['completions', 'prompt', [[1], []]],
  ] as const)('is named with a 400 in %s: %s %j', (operation, param, value) => {
    const bytes = Buffer.from(JSON.stringify({ ...base, [param]: value }))
    expect(() => parseCall(operation, bytes)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value', options: expect.objectContaining({ param }) }),
    )
  })

  test('is read behind a byte order mark, which is not forwarded', () => {
    const { model, source } = parseCall('chat/completions', Buffer.from(`\ufeff${JSON.stringify(base)}`))
    expect(model).toBe('m')
    expect(source?.bytes.toString()).toBe(JSON.stringify(base))
  })
})
