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
  const refusedIds: unknown[] = []

  test.each(hostileShapes)(
    'refuses %s in words, ends the connection, and serves on (R52)',
    async (_, shape, status, code) => {
      const before = gateway.providerCalls()
      const { replies, ended } = await rawExchange(gateway.getPort(target), shape(target))
      expect({ statuses: replies.map((reply) => reply.status), ended }).toEqual({ statuses: [status], ended: true })
      expectErrorReply(replies[0], code)
      refusedIds.push(replies[0]?.headers['x-request-id'])
      expect(gateway.providerCalls()).toBe(before)
      expect((await rawExchange(gateway.getPort(target), good(target), { count: 1 })).replies).toMatchObject([
        { status: 200 },
      ])
    },
  )

  test('has kept none of their connections (R52)', async () => {
    const { pid } = gateway.getFunction(target).child
    const most = gateway.usualSockets(target)
    expect(await waitForSockets(pid, most)).toBeLessThanOrEqual(most)
  })

  test('has told an operator of each in a line, without a byte of it (R52)', () => {
    const { output, log } = gateway.getFunction(target)
    const lines = log.map((line) => JSON.parse(line) as { request_id?: string; error_code?: string })
    const told = lines.flatMap(({ request_id: id, error_code: code }) => (code ? [id] : []))
    expect(refusedIds).toHaveLength(hostileShapes.length)
    expect(told).toEqual(expect.arrayContaining(refusedIds))
    expect(output()).not.toMatch(/an-admin-key|aaaaaaaa|"level":"error"/)
  })
})
