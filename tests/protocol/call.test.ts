import { expect, test } from '@jest/globals'
import { parseCall } from '../../shared/protocol/call.ts'

const messages = [{ role: 'user', content: 'hi' }]

const forwarded = (fields: object): unknown =>
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
])('%s steers a gateway and is not forwarded: %j', (field, value) => {
  expect(forwarded({ [field]: value })).toEqual({ model: 'm', messages })
})

test.each([
  ['service_tier', 'flex'],
  ['tomorrow', { a: [null] }],
])('%s is the model’s and is forwarded: %j', (field, value) => {
  expect(forwarded({ [field]: value })).toEqual({ model: 'm', messages, [field]: value })
})

test.each([
  ['Model', 'dearer'],
  ['N', 100],
  ['Max_Tokens', 1_000_000],
  ['ſtream', true],
  ['Stream_Options', { include_usage: false }],
  ['best_oF', 100],
  ['uſer', 'somebody else'],
  ['API_BASE', 'http://127.0.0.1'],
])('%s is a field that the gateway checks, in other letters, and is not forwarded: %j', (field, value) => {
  expect(forwarded({ [field]: value })).toEqual({ model: 'm', messages })
})

test('topP is a name of its own', () => {
  expect(forwarded({ topP: 1 })).toMatchObject({ topP: 1 })
})
