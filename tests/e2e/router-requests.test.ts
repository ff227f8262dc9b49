import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { LoopbackServer } from '../../testing/servers/loopback-server.ts'
import { rawExchange } from '../../testing/servers/raw-exchange.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { harmlessShapes, hostileShapes } from '../support/hostile/shapes.ts'
import { createTargetEnvironment, startGoodProvider } from '../support/hostile/start-targets.ts'
import { good, targets, withHeaders } from '../support/hostile/targets.ts'

let provider: LoopbackServer
let gateway: LocalGateway

beforeAll(async () => {
  provider = await startGoodProvider(() => undefined)
  gateway = await startLocalGateway(createTargetEnvironment(provider.url))
}, 60_000)

afterAll(async () => {
  await gateway.stop()
  await provider.close()
})

const exchange = async (bytes: string, until = {}) => rawExchange(Number(new URL(gateway.url).port), bytes, until)

/** The local gateway names an upgrade in its own words. */
const statusHere: Readonly<Record<string, number>> = { 'an upgrade to WebSocket': 501 }

describe.each(targets.map((target) => [target.name, target] as const))('%s behind the local gateway', (_, target) => {
  test.each(hostileShapes)(
    'rejects %s with an error reply and serves the next request',
    async (name, shape, status) => {
      const { replies } = await exchange(shape(target), { count: 1 })
      expect(replies.map((reply) => reply.status)).toEqual([statusHere[name] ?? status])
      expect(JSON.parse(replies[0]?.body ?? '')).toEqual(
        expect.objectContaining({ message: expect.any(String), requestId: replies[0]?.headers['x-request-id'] }),
      )
      expect((await exchange(good(target), { count: 1 })).replies).toMatchObject([{ status: 200 }])
      expect(gateway.child.exitCode).toBeNull()
    },
  )

  test.each(harmlessShapes)('accepts a request with %s', async (_, shape) => {
    expect((await exchange(shape(target), { count: 1 })).replies).toMatchObject([{ status: 200 }])
  })

  test.each([
    'authorization: Bearer x\r\nauthorization: Bearer y\r\n',
    'x-gateway-key: x\r\n',
    'content-encoding: identity\r\ncontent-encoding: gzip\r\n',
    'origin: https://a.example\r\norigin: https://b.example\r\n',
    'connection: close\r\nconnection: keep-alive\r\n',
    'expect: 100-continue\r\nexpect: 100-continue\r\n',
    'content-type: a\r\ncontent-type: b\r\n',
    'x-\x7f: a\r\n',
    'x-a: \xe6\xa8\xa1\r\n',
  ])('survives doubled and odd headers: %j', async (headers) => {
    const { replies } = await exchange(withHeaders(target, headers), { count: 1 })
    expect(replies).toHaveLength(1)
    expect(gateway.child.exitCode).toBeNull()
  })
})
