import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeEach(async () => {
  provider = await scriptedProvider(() => script)
})

afterEach(() => provider.close())

const stop = `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] })}\n\n`
const done = 'data: [DONE]\n\n'
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

test('uses one connection for streams that follow one another', async () => {
  const call = caller()
  for (let count = 0; count < 5; count++) {
    script = sse(stop, done, soon())
    await call(routeTo(provider.url), { stream: true })
    await soon()
    await soon()
  }
  expect([provider.requests.length, provider.connections()]).toEqual([5, 1])
})

test.each([
  ['does not end', sse(stop, done, 'hang')],
  ['goes on and on', sse(stop, done, ...Array<Buffer>(40).fill(Buffer.alloc(65_536, ':')), 'hang')],
] as [string, Script][])('closes the connection of a stream that %s after [DONE] (R11)', async (_name, endless) => {
  script = endless
  const { end } = await caller()(routeTo(provider.url), { stream: true })
  expect(end?.outcome).toBe('complete')
  await provider.requests[0]?.closed
})
