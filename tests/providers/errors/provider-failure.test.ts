import { describe, expect, test } from '@jest/globals'
import { toInBandFailure, toProviderFailure } from '../../../shared/providers/errors/provider-failure.ts'
import { parseRetryAfter } from '../../../shared/providers/errors/retry-after.ts'
import { targetAt } from '../../support/call-provider.ts'

const target = targetAt('https://models.example.com', { apiKey: 'aK9-3fGh77Zz_longkey' })

const getMessage = (message: string): string =>
  toProviderFailure(target, { status: 400, headers: {}, body: JSON.stringify({ error: { message } }) }).message

test.each([
  ['key aK9-3fGh77Zz_longkey is bad', 'key [redacted] is bad'],
  ['key 3fGh77Zz_long is bad', 'key [redacted] is bad'],
  ['key sk-ab***********yz is bad', 'key [redacted] is bad'],
  ['in organization org-a1B2c3D4e5F6', 'in organization [redacted]'],
  ['account 100012345678 owes', 'account [redacted] owes'],
  ['see https://models.example.com/v1/x?k=1 now', 'see [redacted] now'],
  ['at models.example.com:443 or 10.0.0.7:80', 'at [redacted] or [redacted]'],
  ['to ops@example.com', 'to [redacted]'],
  ['Bearer abc.def', '[redacted]'],
  ['at fd00:0:0:1::2 port', 'at [redacted] port'],
  [
    "The model 'claude-sonnet-4-20250514' has no top_k: max is 32,768 tokens (you sent 40000).",
    "The model 'claude-sonnet-4-20250514' has no top_k: max is 32,768 tokens (you sent 40000).",
  ],
])('quotes the provider’s message %j as %j (R5)', (message, quoted) => {
  expect(getMessage(message)).toBe(quoted)
})

test.each([
  [{ detail: [{ loc: ['body', 'n'], msg: 'too many' }] }, 'body.n: too many'],
  [{ detail: [{ loc: [{ toString: 0 }, 'n'], msg: 'odd' }] }, 'n: odd'],
  [{ detail: [{ msg: { toString: 0 } }] }, 'The provider refused the request.'],
])('turns a list of findings such as %j into %j', (body, message) => {
  expect(toProviderFailure(target, { status: 422, headers: {}, body: JSON.stringify(body) }).message).toBe(message)
})

test('quotes at most 500 characters of a provider (R5)', () => {
  expect(getMessage('many words '.repeat(1000)).length).toBe(500)
})

describe('the codes of vendors', () => {
  test.each([
    ['context_length_exceeded', 'context_length_exceeded'],
    [20012, '20012'],
    ['InvalidEndpointOrModel.NotFound', 'InvalidEndpointOrModel.NotFound'],
    ['request_too_large', 'request_too_large'],
  ])('are kept as strings: %j as %j', (code, kept) => {
    const body = JSON.stringify({ error: { message: 'x', code } })
    expect(toProviderFailure(target, { status: 400, headers: {}, body }).options.providerCode).toBe(kept)
  })

  test('are recognised by the host if the map names the provider openai', () => {
    const zhipu = { ...target, apiBase: 'https://open.bigmodel.cn/api/paas/v4' }
    const body = JSON.stringify({ error: { code: '1113', message: '欠费' } })
    expect(toProviderFailure(zhipu, { status: 429, headers: {}, body }).code).toBe('upstream_quota')
    expect(toProviderFailure(target, { status: 429, headers: {}, body }).code).toBe('rate_limit_exceeded')
  })
})

test.each([
  [{ 'retry-after': '2' }, 2],
  [{ 'retry-after': '99999' }, 3600],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' }, 60],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 0.25],
  [{}, undefined],
])('parses %j as a wait of %p seconds', (headers, seconds) => {
  expect(parseRetryAfter(headers, () => 0)).toBe(seconds)
})

test.each([
  ['rate_limit_error', 429],
  ['RateLimitError', 429],
  ['ratelimit', 429],
  ['generate_error', 502],
  ['moderated', 502],
  ['authentication_error', 401],
  ['UNAUTHENTICATED', 401],
  ['Unauthorized', 401],
  ['author_missing', 502],
  ['load_balancer_error', 502],
  ['insufficient_balance', 402],
  ['insufficient_quota', 402],
  ['PermissionDenied', 403],
  ['overloaded_error', 503],
  ['NotFoundError', 404],
  ['model_not_found', 404],
  ['InvalidRequestError', 400],
  ['context_length_exceeded', 400],
])('maps an in-band error of the type %s to the status %i', (type, status) => {
  const error = { message: 'x', type, code: undefined, param: undefined }
  expect(toInBandFailure(target, error).upstreamStatus).toBe(status)
})
