import { expect, test } from '@jest/globals'
import { findRetryAfter, parseRetryAfter } from '../../../shared/providers/errors/retry-after.ts'

const now = Date.parse('2026-01-31T09:00:00Z')
const find = (words: string, headers = {}, body: unknown = undefined) =>
  findRetryAfter({ headers, body, words }, () => now)

test.each([
  [{ 'retry-after': '2' }, 2],
  [{ 'retry-after': '99999' }, 3600],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' }, 60],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 0.25],
  [{ 'x-ms-retry-after-ms': '250' }, 0.25],
  [{}, undefined],
])('parses %j as a wait of %p seconds', (headers, seconds) => {
  expect(parseRetryAfter(headers, () => 0)).toBe(seconds)
})

test.each([
  ['Please retry after 20 seconds. Please go here', 20],
  ['Please try again in 6m0s.', 360],
  ['Limit 6000, Used 5. Please try again in 7.66s. Need more tokens?', 7.66],
  ['Please try again in 120ms. Visit 123', 0.12],
  ['Rate limit of 10 per 60s exceeded. Please wait 33 seconds before retrying.', 33],
  ['Retry after: 5', 5],
  ['try again in 1h30m', 3600],
  ['请 1 分钟后重试', 60],
  ['请在20秒后再试', 20],
  ['1分30秒后重试', 90],
  ['请等待 5 秒', 5],
  ['您的限额将在 2026-01-31 17:30:00 重置', 1800],
  ['Your limit resets at 2026-01-31T09:30:00Z', 1800],
  ['Your limit resets at 2026-01-31 08:00:00', undefined],
  ['Limit 6000. Used 5 tokens.', undefined],
  ['Try again shortly.', undefined],
])('reads a wait in words: %j is %p seconds', (words, seconds) => {
  expect(find(words)).toBe(seconds)
})

test.each([
  [{ error: { details: [{ '@type': 'RetryInfo', retryDelay: '39.5s' }] } }, 39.5],
  [{ retryDelay: { seconds: '9', nanos: 5 } }, 9],
  [{ retry_after: 4 }, 4],
  [{ error: { retry_after_ms: 250 } }, 0.25],
  [
    { error: { metadata: { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(now + 10_000) } } } },
    10,
  ],
  [{ retry_after: null }, undefined],
])('reads a wait in a body: %j is %p seconds', (body, seconds) => {
  expect(find('', {}, body)).toBe(seconds)
  expect(find('', {}, JSON.stringify(body))).toBe(seconds)
})

test.each([
  [
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-remaining-tokens': '5',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    0.012,
  ],
  [{ 'x-ratelimit-reset': String(now / 1000 + 10) }, 10],
  [{ 'ratelimit-reset': '30' }, 30],
  [{ 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-01-31T09:01:00Z' }, 60],
  [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '30' }, undefined],
])('reads when a limit that is used up is reset: %j in %p seconds', (headers, seconds) => {
  expect(find('', headers)).toBe(seconds)
})

test('believes a header before the body, and the body before the words', () => {
  const body = { retry_after: 4 }
  expect(find('try again in 9s', { 'retry-after': '2' }, body)).toBe(2)
  expect(find('try again in 9s', {}, body)).toBe(4)
})
