import { describe, expect, test } from '@jest/globals'
import { isNotFound, isRefused, isTransient, toCloudFailure } from '../../scripts/cloud/client/cloud-failure.ts'

const failure = (code: string, message = 'a message of the cloud'): Error => Object.assign(new Error(message), { code })

describe('an error of the cloud', () => {
  test.each([
    ['AuthFailure.SignatureFailure', /The key pair was rejected/, false],
    ['AuthFailure.TokenFailure', /temporary key pair has expired/, false],
    ['AuthFailure.SignatureExpire', /clock of this machine/, false],
    ['AuthFailure.UnauthorizedOperation', /lacks permission/, false],
    ['UnauthorizedOperation', /lacks permission/, false],
    ['FailedOperation.FunctionStatusError', /still busy/, true],
    ['ResourceUnavailable.InsufficientBalance', /unpaid balance/, false],
    ['RequestLimitExceeded', /too many/, true],
    ['RequestLimitExceeded.UinLimitExceeded', /too many/, true],
    ['InternalError', /internal error/, true],
    ['LimitExceeded.Function', /GATEWAY_FUNCTIONS/, false],
    ['ResourceNotFound.EnvNotFound', /no such environment/, false],
    ['ResourceNotFound.Function', /documentation/, false],
    ['SomethingNew', /documentation/, false],
  ])('has advice for code %s', (code, advice, transient) => {
    expect(toCloudFailure(failure(code)).advice).toMatch(advice)
    expect(toCloudFailure(failure(code)).reason).toBe(`${code}: a message of the cloud`)
    expect(isTransient(failure(code))).toBe(transient)
  })

  test.each([
    'FetchError: request to https://x failed, reason: socket hang up',
    'connect ECONNREFUSED',
    'getaddrinfo ENOTFOUND x',
  ])('counts as transient for the network error %s', (message) => {
    expect(isTransient(failure('', message))).toBe(true)
    expect(toCloudFailure(failure('', message)).advice).toContain('could not be reached')
  })

  test('has the cause of a failed fetch as its reason', () => {
    const error = new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND x') })
    expect(toCloudFailure(error).reason).toBe('getaddrinfo ENOTFOUND x')
  })

  test.each([
    ['AuthFailure.SignatureFailure', true],
    ['UnauthorizedOperation', true],
    ['RequestLimitExceeded', true],
    ['FailedOperation', false],
    ['ResourceNotFound.Function', false],
  ])('shows for code %s whether the cloud processed the call', (code, refused) => {
    expect(isRefused(failure(code))).toBe(refused)
  })

  test('shows whether something does not exist', () => {
    expect(isNotFound(failure('ResourceNotFound.Function'))).toBe(true)
    expect(isNotFound(failure('InternalError'))).toBe(false)
  })
})
