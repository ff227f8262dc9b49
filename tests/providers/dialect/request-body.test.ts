import { describe, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import type { Target } from '../../../shared/protocol/route.ts'
import { buildRequestBody } from '../../../shared/providers/dialect/request-body.ts'
import { targetAt } from '../../support/call-provider.ts'

const sent = (asked: object, target: Partial<Target> = {}): unknown => {
  const call = parseCall('completions', Buffer.from(JSON.stringify({ model: 'm', prompt: 'hi', ...asked })))
  const {
    model: _model,
    prompt: _prompt,
    ...rest
  } = JSON.parse(buildRequestBody(targetAt('http://127.0.0.1', { maxTokens: 50, ...target }), call, false).toString())
  return rest
}

describe('a limit on tokens', () => {
  test.each([
    ['max_tokens', -1],
    ['max_tokens', 0],
    ['max_tokens', 1.5],
    ['max_tokens', '900'],
    ['max_completion_tokens', [1]],
    ['max_completion_tokens', 1e300],
  ])('refuses %s %j by name', (param, value) => {
    expect(() => sent({ [param]: value })).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value', options: { param } }),
    )
  })

  test.each([
    [{}, [], { max_tokens: 50 }],
    [{ max_tokens: null }, [], { max_tokens: 50 }],
    [{ max_tokens: 900, max_completion_tokens: 10 }, [], { max_tokens: 50, max_completion_tokens: 10 }],
    [{ n: 8 }, [], { n: 8, max_tokens: 50 }],
    [{ max_tokens: 10 }, ['max_tokens'], { max_completion_tokens: 50 }],
    [{ max_completion_tokens: -1 }, ['max_completion_tokens'], { max_tokens: 50 }],
    [{}, ['max_tokens', 'max_completion_tokens'], {}],
  ])('turns %j, if the target drops %j, into %j', (asked, dropParams, expected) => {
    expect(sent(asked, { dropParams })).toEqual(expected)
  })

  test('leaves the fields to the provider if the target has none', () => {
    const asked = { max_tokens: -1, n: 100 }
    expect(sent(asked, { maxTokens: undefined })).toEqual(asked)
  })
})

describe('the bytes for the provider', () => {
  const bytes = (body: string, asksForUsage: boolean): string =>
    buildRequestBody(
      targetAt('http://127.0.0.1'),
      parseCall('completions', Buffer.from(`{"model":"m","prompt":"hi"${body}}`)),
      asksForUsage,
    ).toString()

  test('contain no second model in other letters', () => {
    expect(bytes(',"Model":"dearer","top_k":1', false)).toBe('{"model":"m","prompt":"hi","top_k":1}')
  })

  test('contain include_usage last, after the client’s own spelling of it', () => {
    const asked = ',"stream":true,"stream_options":{"include_usage":true,"Include_Usage":false}'
    expect(bytes(asked, true)).toMatch(/"stream_options":\{"Include_Usage":false,"include_usage":true\}\}$/)
  })
})
