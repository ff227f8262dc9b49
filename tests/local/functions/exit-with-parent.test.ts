import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { distribution, echoingEvent, tellingFunction } from '../distribution.ts'
import { lifeline } from '../loopback.ts'

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const moduleAt = (name: string) => JSON.stringify(new URL(`../../../scripts/local/${name}.ts`, import.meta.url).href)

/** Runs an HTTP function and an Event function, and prints the ports that each holds open. */
const parent = `
  import { createEventFunction } from ${moduleAt('functions/event-function')}
  import { startFunctionProcess } from ${moduleAt('functions/function-process')}
  const options = { environment: process.env, terminal: { out() {}, error() {} } }
  const { port } = await startFunctionProcess({ ...options, name: 'http', folder: 'dist/functions/http' })
  const { lifeline } = await createEventFunction({ ...options, name: 'event', folder: 'dist/functions/event' }).invoke({})
  console.log(JSON.stringify([port, lifeline]))
`

test('ends functions with the process that started them, even if that is killed', async () => {
  const { root, remove } = await distribution({ http: tellingFunction, event: echoingEvent })
  await writeFile(join(root, 'parent.mjs'), parent)
  const child = spawn(process.execPath, ['--import', TSX, 'parent.mjs'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'close')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const lifelines = await Promise.all((JSON.parse(line) as number[]).map(lifeline))
  child.kill('SIGKILL')
  await Promise.all(lifelines.map(({ gone }) => gone))
  expect(await exited).toEqual([null, 'SIGKILL'])
  await remove()
})
