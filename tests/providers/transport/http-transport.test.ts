import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeEach(async () => {
  provider = await scriptedProvider(() => script)
})

afterEach(() => provider.close())

test.each([
  ['whole response', {}, { body: ['{"id":', 'hang'] }],
  ['whole response, before its first byte', {}, { body: ['hang'] }],
  ['stream, before its first byte', { stream: true }, sse('hang')],
  ['stream, before its first event', { stream: true }, sse(': wait\n\n', 'hang')],
] as [string, object, Script][])(
  'rejects with client_gone if the client leaves in the middle of a %s',
  async (_name, body, hanging) => {
    script = hanging
    const gone = new AbortController()
    const calling = caller()(routeTo(provider.url), body, { signal: gone.signal }).catch((error: unknown) => error)
    while (provider.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 30))
    gone.abort()
    expect(await calling).toMatchObject({ status: 499, code: 'client_gone' })
    await provider.requests[0]?.closed
  },
)

test('sends no request for a client that has already left', async () => {
  const signal = AbortSignal.abort()
  await expect(caller()(routeTo(provider.url), {}, { signal })).rejects.toMatchObject({ code: 'client_gone' })
  expect(provider.requests).toEqual([])
})

test('fails at once with a 502 if the provider changes the protocol', async () => {
  const answer = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'
  const changing = createServer((socket) =>
    socket.on('error', () => undefined).once('data', () => socket.write(answer)),
  )
  await once(changing.listen(0, '127.0.0.1'), 'listening')
  const { port } = changing.address() as AddressInfo
  const calling = caller()(routeTo(`http://127.0.0.1:${port}`), {})
  await expect(calling).rejects.toMatchObject({ status: 502, code: 'upstream_error' })
  changing.close()
}, 3_000)
