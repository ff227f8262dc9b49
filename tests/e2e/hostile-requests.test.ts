import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { expectErrorReply } from '../support/hostile/expect-error-reply.ts'
import { hostileShapes } from '../support/hostile/shapes.ts'
import { type StartedTargets, startTargets } from '../support/hostile/start-targets.ts'
import { good, targets } from '../support/hostile/targets.ts'
import { settledSockets } from '../support/open-sockets.ts'
import { rawExchange } from '../support/raw-exchange.ts'

let gateway: StartedTargets

beforeAll(async () => {
  gateway = await startTargets()
}, 60_000)

afterAll(() => gateway.stop())

describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  test.each(hostileShapes)(
    'refuses %s in words, ends the connection, and serves on',
    async (_, shape, status, code) => {
      const before = gateway.providerCalls()
      const { replies, ended } = await rawExchange(gateway.portOf(target), shape(target))
      expect({ statuses: replies.map((reply) => reply.status), ended }).toEqual({ statuses: [status], ended: true })
      expectErrorReply(replies[0], code)
      expect(gateway.providerCalls()).toBe(before)
      expect((await rawExchange(gateway.portOf(target), good(target), { count: 1 })).replies).toMatchObject([
        { status: 200 },
      ])
    },
  )

  test('has kept none of their connections', async () => {
    const { pid } = gateway.functionOf(target).child
    const most = gateway.usualSockets(target)
    expect(await settledSockets(pid, most)).toBeLessThanOrEqual(most)
  })

  test('has told an operator of each in a line, without a byte of it', () => {
    const output = gateway.functionOf(target).output()
    expect(output).toContain('"event":"connection_refused"')
    expect(output).not.toMatch(/an-admin-key|aaaaaaaa|"level":"error"/)
  })
})
