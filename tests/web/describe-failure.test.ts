import { describe, expect, test } from '@jest/globals'
import { chooseLanguage } from '../../web/design/language.ts'
import { toCallFailure } from '../../web/parts/gateway/call-failure.ts'
import { describeFailure } from '../../web/parts/gateway/describe-failure.ts'
import { pageMessages } from '../../web/playground/messages.ts'

const describeReply = (status: number, code: string, headers: Record<string, string> = {}): string => {
  const { facts } = toCallFailure({ error: { message: 'words', code } }, { status, headers: new Headers(headers) })
  return describeFailure(facts, pageMessages.en)
}

describe('failures in words', () => {
  test.each([
    [401, 'missing_credentials', 'The gateway asks who calls. Enter an access token or the admin key.'],
    [401, 'invalid_access_token', 'The access token is not valid. Enter a new one.'],
    [402, 'insufficient_quota', 'You have too few points for this call. Ask for points, or choose a cheaper model.'],
    [429, 'rate_limit_exceeded', 'Too many requests. Wait a moment, then try again.'],
    [503, 'config_unavailable', 'The gateway cannot serve this call now. Try again later.'],
    [503, 'upstream_quota', "The gateway's account at the provider has no credit. Its operator must add some."],
    [422, 'something_new', 'The request was refused. The details say why.'],
    [500, 'constructor', 'The provider or the gateway failed. Try again, or choose another model.'],
  ])('%d %s: %s', (status, code, sentence) => {
    expect(describeReply(status, code)).toBe(sentence)
  })

  test('say how long to wait', () => {
    expect(describeReply(429, 'rate_limit_exceeded', { 'retry-after': '7' })).toBe(
      'Too many requests. Try again in 7 s.',
    )
  })

  test.each([
    ['rate_limit_exceeded', '119', 'Too many requests. Try again in 119 s.'],
    ['rate_limit_exceeded', '120', 'Too many requests. Try again in 2 minutes.'],
    ['quota_exceeded', '7201', 'Your quota is used up. It resets in 3 hours.'],
    ['quota_exceeded', '200000', 'Your quota is used up. It resets in 3 days.'],
  ])('say how long to wait in units that can be read, and never too short: %s %s', (code, seconds, sentence) => {
    expect(describeReply(429, code, { 'retry-after': seconds })).toBe(sentence)
  })

  test('say what to do about a quota without an end', () => {
    expect(describeReply(429, 'quota_exceeded')).toBe(
      'Your quota is used up. Ask the operator for more, or choose another model.',
    )
  })

  test('keep the words, the code and the id of the gateway', () => {
    const headers = new Headers({ 'x-request-id': 'r1' })
    expect(toCallFailure({ code: 'INVALID_PATH', message: 'no' }, { status: 404, headers }).facts).toEqual({
      status: 404,
      code: 'invalid_path',
      message: 'no',
      requestId: 'r1',
      retryAfter: undefined,
    })
    expect(toCallFailure(undefined, { status: 502, headers }).facts.message).toBe('HTTP 502')
  })
})

describe('the language of the page', () => {
  test.each([
    [['zh-CN', 'en'], 'zh'],
    [['de', 'zh'], 'zh'],
    [['en-GB', 'zh'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('%j: %s', (preferred, language) => {
    expect(chooseLanguage(preferred)).toBe(language)
  })
})
