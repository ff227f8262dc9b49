import { describe, expect, test } from '@jest/globals'
import { isNotFound, isRefused, isTransient, toCloudFailure } from '../../scripts/cloud/client/cloud-failure.ts'

const failure = (code: string, message = 'as the cloud says'): Error => Object.assign(new Error(message), { code })

describe('an error of the cloud', () => {
  test.each([
    ['AuthFailure.SignatureFailure', /The key pair was refused/, false],
    ['AuthFailure.TokenFailure', /temporary key pair has expired/, false],
    ['AuthFailure.SignatureExpire', /clock of this machine/, false],
    ['AuthFailure.UnauthorizedOperation', /may not do this/, false],
    ['UnauthorizedOperation', /may not do this/, false],
    ['FailedOperation.FunctionStatusError', /still busy/, true],
    ['ResourceUnavailable.InsufficientBalance', /owes money/, false],
    ['RequestLimitExceeded', /slower pace/, true],
    ['RequestLimitExceeded.UinLimitExceeded', /slower pace/, true],
    ['InternalError', /failed within/, true],
    ['LimitExceeded.Function', /quota/, false],
    ['ResourceNotFound.EnvNotFound', /no such environment/, false],
    ['ResourceNotFound.Function', /documentation/, false],
    ['SomethingNew', /documentation/, false],
  ])('of code %s comes with what to do about it', (code, advice, transient) => {
    expect(toCloudFailure(failure(code)).advice).toMatch(advice)
    expect(toCloudFailure(failure(code)).reason).toBe(`${code}: as the cloud says`)
    expect(isTransient(failure(code))).toBe(transient)
  })

  test.each([
    'FetchError: request to https://x failed, reason: socket hang up',
    'connect ECONNREFUSED',
    'getaddrinfo ENOTFOUND x',
  ])('of the network (%s) may pass', (message) => {
    expect(isTransient(failure('', message))).toBe(true)
    expect(toCloudFailure(failure('', message)).advice).toContain('could not be reached')
  })

  test('of fetch is told by its cause', () => {
    const error = new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND x') })
    expect(toCloudFailure(error).reason).toBe('getaddrinfo ENOTFOUND x')
  })

  test.each([
    ['AuthFailure.SignatureFailure', true],
    ['UnauthorizedOperation', true],
    ['RequestLimitExceeded', true],
    ['FailedOperation', false],
    ['ResourceNotFound.Function', false],
  ])('of code %s says whether what was asked was looked at', (code, refused) => {
    expect(isRefused(failure(code))).toBe(refused)
  })

  test('says whether something is not there', () => {
    expect(isNotFound(failure('ResourceNotFound.Function'))).toBe(true)
    expect(isNotFound(failure('InternalError'))).toBe(false)
  })
})
