import { once } from 'node:events'
import { get } from 'node:http'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { createTransport } from '../../shared/providers/transport/http-transport.ts'
import { guardedLookup } from '../../shared/providers/transport/ssrf-guard.ts'
import { isPrivateAddress, isPrivateHost } from '../../shared/runtime/private-address.ts'

/** Hosts as a URL can write them. All lead to this machine, its network or the inside of its cloud. */
const privateSpellings = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
  ],
  ...[
    '017700000001',
    '127.0.0.1.',
    '１２７.０.０.１',
    '127。0。0。1',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    '0',
    '0.0.0.0',
    '0x0',
  ],
  ...[
    '10.0.0.1',
    '10.255.255.255',
    '012.0.0.1',
    '167772161',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.0.23',
    '169.254.169.254',
  ],
  ...[
    '0xa9fea9fe',
    '2852039166',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '0300.0250.1.1',
    '198.18.0.1',
    '192.0.0.170',
  ],
  ...[
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
  ],
  ...[
    '[::ffff:10.0.0.1]',
    '[::FFFF:a9fe:17]',
    '[::ffff:0:a9fe:17]',
    '[::ffff:0:10.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::10.0.0.1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
  ],
  ...['[fc00::1]', '[fd12:3456::1]', '[fe80::1]', '[feb0::1]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]', '[100::1]'],
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'localhost.localdomain',
    'printer.local',
    'db.internal',
    'intranet',
  ],
  ...[
    'metadata.tencentyun.com',
    'metadata.tencentyun.com.',
    'METADATA.tencentyun.com',
    'router.lan',
    'nas.home.arpa',
    'redis',
  ],
]

const publicHosts = [
  ...[
    'api.deepseek.com',
    'open.bigmodel.cn',
    '1.1.1.1',
    '8.8.8.8',
    '126.255.255.255',
    '128.0.0.1',
    '9.255.255.255',
    '11.0.0.0',
  ],
  ...['172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '100.63.255.255', '100.128.0.0', '169.253.0.1'],
  ...[
    '[2606:4700::1111]',
    '[2400:3200::1]',
    '[::ffff:8.8.8.8]',
    'localhost.example.com',
    'mylocalhost.com',
    'internal.example.com',
  ],
]

/** A server on this machine that must never get a connection. */
let canary: Server
let connections = 0
beforeAll(async () => {
  canary = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0)
  await once(canary, 'listening')
})
afterAll(async () => {
  canary.close()
  await once(canary, 'close')
})

const canaryPort = (): number => (canary.address() as { port: number }).port
const timeouts = { connect: 1_000, firstByte: 1_000, idle: 1_000, total: 2_000 }
const post = createTransport(timeouts, { allowPrivate: false })
const exchange = {
  headers: [],
  body: Buffer.from('{}'),
  signal: new AbortController().signal,
  endsAt: performance.now() + 600_000,
  repeats: true,
}
const call = (host: string): Promise<unknown> =>
  post({ url: new URL(`http://${host}:${canaryPort()}/v1`), ...exchange })

describe('a private address', () => {
  test.each(privateSpellings)('is refused before a connection is made, written as %s (R45)', async (host) => {
    expect(isPrivateHost(new URL(`https://${host}/v1`).hostname)).toBe(true)
    await expect(call(host)).rejects.toMatchObject({ status: 503, code: 'gateway_misconfigured' })
    expect(connections).toBe(0)
  })

  test('may be called if ALLOW_PRIVATE_UPSTREAMS allows it', async () => {
    const open = createTransport(timeouts, { allowPrivate: true })
    await expect(open({ url: new URL(`http://127.0.0.1:${canaryPort()}`), ...exchange })).rejects.toMatchObject({
      code: 'upstream_error',
    })
    expect(connections).toBe(1)
    connections = 0
  })

  test.each(publicHosts)('does not include %s', (host) => {
    expect(isPrivateHost(new URL(`https://${host}/v1`).hostname)).toBe(false)
  })

  test('is private as IPv4 and as IPv4-mapped IPv6 alike, and so is a public one public', async () => {
    await fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPrivateAddress(`::ffff:${address}`)).toBe(isPrivateAddress(address))
      }),
    )
  })

  test.each(['', 'not an address', '1.2.3', '[::1', '127.0.0.1%25eth0 '])(
    'includes text that is not an address: %j',
    (text) => {
      expect(isPrivateAddress(text)).toBe(true)
    },
  )
})

describe('a name that resolves to a private address', () => {
  test.each([{ all: true }, {}, { family: 4 }])(
    'is refused by the DNS lookup of a connection: %j (R45)',
    async (options) => {
      const lookedUp = new Promise<unknown>((resolve) => guardedLookup('localhost', options, (error) => resolve(error)))
      expect(await lookedUp).toMatchObject({ status: 503, code: 'gateway_misconfigured' })
    },
  )

  test('gets no connection', async () => {
    const request = get({ host: 'localhost', port: canaryPort(), lookup: guardedLookup })
    const [error] = await once(request, 'error').catch((thrown: unknown) => [thrown])
    expect(error).toMatchObject({ code: 'gateway_misconfigured' })
    expect(connections).toBe(0)
  })

  test('fails like any other lookup if it does not exist', async () => {
    const lookedUp = new Promise<unknown>((resolve) => guardedLookup('nothing.invalid', {}, (error) => resolve(error)))
    expect(await lookedUp).toMatchObject({ syscall: 'getaddrinfo' })
  })

  test.each([{ all: true }, {}])('does not affect public addresses: %j', async (options) => {
    const lookedUp = new Promise<unknown[]>((resolve) =>
      guardedLookup('8.8.8.8', options, (...found) => resolve(found)),
    )
    expect(await lookedUp).toEqual(
      'all' in options ? [null, [{ address: '8.8.8.8', family: 4 }]] : [null, '8.8.8.8', 4],
    )
  })
})
