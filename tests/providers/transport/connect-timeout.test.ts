import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { caller, createTestProvider, routeTo, timeouts } from '../../support/call-provider.ts'

/** A process that listens, and is stopped before it accepts. When the few places of its queue are taken, the kernel
 *  answers no further connection. */
const code = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { process.send(this.address().port) })`

let child: ChildProcess
let port: number
const queued: Socket[] = []

beforeAll(async () => {
  child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  port = ((await once(child, 'message')) as [number])[0]
  child.kill('SIGSTOP')
  for (let count = 0; count < 8; count++) queued.push(connect(port, '127.0.0.1').on('error', () => undefined))
  await new Promise((resolve) => setTimeout(resolve, 100))
})

afterAll(() => {
  for (const socket of queued) socket.destroy()
  child.kill('SIGKILL')
})

test('fails with a 504 that clients may repeat if the provider never accepts the connection (R9)', async () => {
  const call = caller(createTestProvider({ ...timeouts, connect: 300 }))
  const failure: unknown = await call(routeTo(`http://127.0.0.1:${port}`), {}).catch((error: unknown) => error)
  expect(failure).toMatchObject({ status: 504, code: 'upstream_timeout' })
  expect((failure as { options: { headers?: object } }).options.headers).not.toHaveProperty('x-should-retry')
})
