import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of built functions, each the source of its `index.js`, as the build lays them out. */
export const distribution = async (sources: Record<string, string>) => {
  const root = await mkdtemp(join(tmpdir(), 'local-gateway-'))
  const folder = join(root, 'dist', 'functions')
  for (const [name, source] of Object.entries(sources)) {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'index.js'), source)
    await writeFile(join(folder, name, 'package.json'), '{"type":"commonjs"}')
  }
  return { root, folder, remove: () => rm(root, { recursive: true, force: true }) }
}

/** An HTTP function that tells what it was started with; `/exit` makes it die, with code 7. */
export const tellingFunction = `
  const { createServer } = require('node:http')
  const server = createServer((request, response) => {
    if (request.url.endsWith('/exit')) process.exit(7)
    const { pid, ppid, env } = process
    response.end(JSON.stringify({ pid, ppid, cwd: process.cwd(), url: request.url, env }))
  })
  server.listen(Number(process.env.PORT), process.env.HOST, () => console.log('instance ' + process.pid))
`

/** An Event function that echoes; \`{call}\` makes it throw, die, hang, or answer what cannot be sent. */
export const echoingEvent = `
  const lifeline = require('node:net').createServer().listen(0, '127.0.0.1')
  exports.main = async (event, context) => {
    console.log('invoked ' + JSON.stringify(event))
    if (event.call === 'throw') throw new Error('the store is away')
    if (event.call === 'die') process.exit(7)
    if (event.call === 'hang') return new Promise(() => undefined)
    if (event.call === 'bigint') return 1n
    return { event, context, pid: process.pid, cwd: process.cwd(), greeting: process.env.GREETING, lifeline: lifeline.address().port }
  }
`
