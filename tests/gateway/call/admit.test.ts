import { expect, test } from '@jest/globals'
import { createAdmit } from '../../../shared/gateway/call/admit.ts'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { createRegistry } from '../../../shared/models/registry.ts'
import { parseCall } from '../../../shared/protocol/call.ts'
import type { User } from '../../../shared/protocol/user.ts'
import { routeTo } from '../../support/call-provider.ts'
import { captureLog } from '../../support/capture-log.ts'

const user: User = { id: 'u1', kind: 'user', groups: [] }

const admitTwice = async (environment: Record<string, string>): Promise<unknown[]> => {
  const config = readConfig({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...environment })
  const admit = createAdmit(config, captureLog().log, createRegistry(config.models))
  const route = routeTo('http://127.0.0.1')
  const call = parseCall('chat/completions', Buffer.from('{"model":"m","messages":[{"role":"user","content":"hi"}]}'))
  const request = { user, weight: 1, requestId: 'r', headers: {}, body: Buffer.from('{}'), call, route }
  const { hold } = await admit(request)
  return [
    typeof hold,
    await admit(request).then(
      ({ hold }) => hold,
      ({ code }: { code: string }) => code,
    ),
  ]
}

test.each([
  [{}, ['undefined', undefined]],
  [{ RATE_LIMIT_PER_MINUTE: '0', MAX_CONCURRENT_STREAMS: '0' }, ['undefined', undefined]],
  [{ RATE_LIMIT_PER_MINUTE: '1' }, ['undefined', 'rate_limit_exceeded']],
  [{ MAX_CONCURRENT_STREAMS: '1' }, ['object', 'rate_limit_exceeded']],
])('admits two calls of a user with %j as %j', async (environment, expected) => {
  expect(await admitTwice(environment)).toEqual(expected)
})
