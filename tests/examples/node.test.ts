import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { loopbackServer } from '../../testing/servers/loopback-server.ts'

const readErrors = async (gateway: string, question = '你好'): Promise<string> => {
  const environment = { ...process.env, GATEWAY: `${gateway}/v1`, MODEL: 'gpt-9' }
  return text(spawn(process.execPath, ['examples/node/chat.mjs', question], { env: environment }).stderr)
}

test('the Node example reports an unknown model in one line', async () => {
  const gateway = await loopbackServer((request, response) => {
    request.resume()
    const error = { message: "The model 'gpt-9' does not exist.", code: 'model_not_found' }
    response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  })
  expect(await readErrors(gateway.url)).toBe("404 The model 'gpt-9' does not exist.\n")
  await gateway.close()
})

test('the Node example reports a stopped gateway in one line', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  expect(await readErrors(url)).toBe(`No gateway answers at ${url}/v1.\n`)
}, 20_000)

test('the Node example sends a body above 90 KB as bytes, and a shorter one as JSON', async () => {
  const types: unknown[] = []
  const gateway = await loopbackServer((request, response) => {
    types.push(request.headers['content-type'])
    request.resume().once('end', () => response.writeHead(400).end('{}'))
  })
  for (const length of [1, 31 * 1024]) await readErrors(gateway.url, '文'.repeat(length))
  expect(types).toEqual(['application/json', 'application/octet-stream'])
  await gateway.close()
}, 20_000)
