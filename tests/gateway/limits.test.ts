import { expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { createLimiter } from '../../shared/gateway/stores.ts'
import { captureLog } from '../support/capture-log.ts'

test.each([
  [{}, false],
  [{ RATE_LIMIT_PER_MINUTE: '0', MAX_CONCURRENT_STREAMS: '0' }, false],
  [{ RATE_LIMIT_PER_MINUTE: '1' }, true],
  [{ MAX_CONCURRENT_STREAMS: '1' }, true],
])('with %j there is a limiter: %j', (environment, expected) => {
  const limiter = createLimiter(
    readConfig({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...environment }),
    captureLog().log,
  )
  expect(limiter !== undefined).toBe(expected)
})
