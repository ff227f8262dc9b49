import { expect, test } from '@jest/globals'
import { createAdmit } from '../../shared/gateway/admit.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import type { User } from '../../shared/protocol/user.ts'
import { captureLog } from '../support/capture-log.ts'

const user: User = { id: 'u1', kind: 'user', groups: [] }

const admitTwice = async (environment: Record<string, string>): Promise<unknown[]> => {
  const config = readConfig({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...environment })
  const admit = createAdmit(config, captureLog().log)
  const call = { user, weight: 1, requestId: 'r' }
  return [typeof (await admit(call)), await admit(call).catch(({ code }: { code: string }) => code)]
}

test.each([
  [{}, ['undefined', undefined]],
  [{ RATE_LIMIT_PER_MINUTE: '0', MAX_CONCURRENT_STREAMS: '0' }, ['undefined', undefined]],
  [{ RATE_LIMIT_PER_MINUTE: '1' }, ['undefined', 'rate_limit_exceeded']],
  [{ MAX_CONCURRENT_STREAMS: '1' }, ['function', 'rate_limit_exceeded']],
])('admits two calls of a user with %j as %j', async (environment, expected) => {
  expect(await admitTwice(environment)).toEqual(expected)
})
