import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { waitForSockets } from '../../testing/servers/open-sockets.ts'
import { rawExchange } from '../../testing/servers/raw-exchange.ts'
import { expectErrorReply } from '../support/hostile/expect-error-reply.ts'
import { hostileShapes } from '../support/hostile/shapes.ts'
import { type StartedTargets, startTargets } from '../support/hostile/start-targets.ts'
import { good, targets } from '../support/hostile/targets.ts'

let gateway: StartedTargets

beforeAll(async () => {
  gateway = await startTargets()
}, 60_000)

afterAll(() => gateway.stop())

describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  const rejectedIds: unknown[] = []

  test.each(hostileShapes)(
    'rejects %s with an error reply, closes the connection and serves the next request (R52)',
    async (_, shape, status, code) => {
      const before = gateway.providerCalls()
      const { replies, ended } = await rawExchange(gateway.getPort(target), shape(target))
      expect({ statuses: replies.map((reply) => reply.status), ended }).toEqual({ statuses: [status], ended: true })
      expectErrorReply(replies[0], code)
      rejectedIds.push(replies[0]?.headers['x-request-id'])
      expect(gateway.providerCalls()).toBe(before)
      expect((await rawExchange(gateway.getPort(target), good(target), { count: 1 })).replies).toMatchObject([
        { status: 200 },
      ])
    },
  )

  test('keeps no connection of a rejected request (R52)', async () => {
    const { pid } = gateway.getFunction(target).child
    const max = gateway.usualSockets(target)
    expect(await waitForSockets(pid, max)).toBeLessThanOrEqual(max)
  })

  test('logs one line for each rejected request, without its content (R52)', () => {
    const { output, log } = gateway.getFunction(target)
    const lines = log.map((line) => JSON.parse(line) as { request_id?: string; error_code?: string })
    const loggedIds = lines.flatMap(({ request_id: id, error_code: code }) => (code ? [id] : []))
    expect(rejectedIds).toHaveLength(hostileShapes.length)
    expect(loggedIds).toEqual(expect.arrayContaining(rejectedIds))
    expect(output()).not.toMatch(/an-admin-key|aaaaaaaa|"level":"error"/)
  })
})
