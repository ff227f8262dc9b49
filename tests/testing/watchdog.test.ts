import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'

const code = `
import { watchProgress } from './testing/fuzz/watchdog.ts'
await watchProgress([{ area: 'a', title: 'a case that never returns', weight: 1, on: () => undefined }], 300)
for (;;) {}`

test('ends a run whose case never returns, and prints its title', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 15_000,
    killSignal: 'SIGTERM',
  })
  const output = text(child.stderr)
  const [, signal] = (await once(child, 'exit')) as [number | null, string]
  expect([await output, signal]).toEqual(['A case hangs: a case that never returns\n', 'SIGKILL'])
})
