import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'

const answer = {
  id: 'a',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: '好' }, text: '好', finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

let provider: LoopbackServer
const started = new Map<string, StartedFunction>()

beforeAll(async () => {
  provider = await loopbackServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })
  const environment = {
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    GATEWAY_ADMIN_KEY: 'an-admin-key-of-some-length',
    MAX_BODY_BYTES: '2000',
    MODEL_PROVIDER_MAP: JSON.stringify({
      m: { api_base: `${provider.url}/v1` },
      'Qwen/Qwen3-8B': { api_base: `${provider.url}/v1` },
    }),
  }
  for (const { name, kind } of functions) if (kind === 'HTTP') started.set(name, await startFunction(name, environment))
}, 60_000)

afterAll(async () => {
  for (const { stop } of started.values()) await stop()
  await provider.close()
})

const getUrl = (name: string): string => (started.get(name) as StartedFunction).url
const chat = { model: 'm', messages: [{ role: 'user', content: '你好' }] }

describe('a built function', () => {
  test.each(functions.map(({ name, kind }) => [name, kind]))(
    'has a folder with all required files and no others: %s',
    (name, kind) => {
      const folder = join('dist/functions', name)
      const files = readdirSync(folder)
      expect(files).toEqual(expect.arrayContaining(['index.js', 'model_list.json', 'model_map.json', 'package.json']))
      expect(files).not.toContain('node_modules')
      expect(readdirSync(folder, { withFileTypes: true }).every((entry) => entry.isFile())).toBe(true)
      expect(files.includes('scf_bootstrap')).toBe(kind === 'HTTP')
      if (kind !== 'HTTP') return
      const bootstrap = join(folder, 'scf_bootstrap')
      expect(statSync(bootstrap).mode & 0o111).toBe(0o111)
      expect(readFileSync(bootstrap, 'utf8')).toMatch(/^#!\/bin\/bash\n(?!.*\r)/)
    },
  )

  test.each([
    ['llm-health', 'GET', '/health', '/', undefined],
    ['llm-models', 'GET', '/v1/models', '/', undefined],
    ['llm-models', 'GET', '/v1/models/m', '/m', undefined],
    ['llm-chat-completions', 'POST', '/v1/chat/completions', '/', chat],
    ['llm-chat-completions', 'POST', '/ai/custom/v1/chat/completions', '/custom/v1/chat/completions', chat],
    ['llm-chat-completions', 'POST', '/ai/custom/chat/completions', '/custom/chat/completions', chat],
    ['llm-completions', 'POST', '/v1/completions', '/', { model: 'm', prompt: '你好' }],
    ['llm-admin-reload', 'POST', '/admin/reload', '/', undefined],
  ])(
    'serves %s at %s %s, and at %s if the platform strips the route prefix',
    async (...[name, method, path, stripped, body]) => {
      const headers = { 'x-gateway-key': 'an-admin-key-of-some-length' }
      for (const given of [path, stripped]) {
        const reply = await fetch(getUrl(name) + given, {
          method,
          headers,
          ...(body && { body: JSON.stringify(body) }),
        })
        expect(`${given} ${reply.status}`).toBe(`${given} 200`)
        expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      }
    },
  )

  test.each(['llm-config-reload', 'llm-usage-flush'])('exports main(event, context): %s', async (name) => {
    const { main } = createRequire(__filename)(resolve('dist/functions', name, 'index.js')) as {
      main: (event: object, context: object) => Promise<unknown>
    }
    const timer = { Type: 'Timer', TriggerName: 'every-minute', Time: '2026-01-01T00:00:00Z', Message: '' }
    expect(await main(timer, { request_id: 'r-1' })).toMatchObject({ ok: true })
  })
})

describe('llm-models', () => {
  test.each(['/v1/models/Qwen/Qwen3-8B', '/v1/models/Qwen%2FQwen3-8B', '/Qwen/Qwen3-8B'])(
    'finds the model of %s',
    async (path) => {
      expect(await (await fetch(getUrl('llm-models') + path)).json()).toMatchObject({
        id: 'Qwen/Qwen3-8B',
        object: 'model',
      })
    },
  )

  test.each(['/v1/models/none', '/v1/models/__proto__', '/v1/models/constructor'])(
    'replies to %s with 404 model_not_found',
    async (path) => {
      const reply = await fetch(getUrl('llm-models') + path)
      expect(reply.status).toBe(404)
      expect(await reply.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } })
    },
  )
})

describe('llm-admin-reload', () => {
  const reload = (headers: Record<string, string>, query = ''): Promise<Response> =>
    fetch(`${getUrl('llm-admin-reload')}/admin/reload${query}`, { method: 'POST', headers })

  test('replies with the state of the loaded model map', async () => {
    const reply = await reload({ 'x-gateway-key': 'an-admin-key-of-some-length' })
    expect(await reply.json()).toMatchObject({
      ok: true,
      data: { source: 'local', last_loaded_at: expect.any(Number), last_error: null, models: 2 },
    })
  })

  test('accepts the key only in its header', async () => {
    expect((await reload({})).status).toBe(401)
    expect((await reload({ 'x-gateway-key': 'wrong' })).status).toBe(401)
    expect((await reload({ cookie: 'X-Gateway-Key=an-admin-key-of-some-length' })).status).toBe(401)
    expect((await reload({ authorization: 'Bearer an-admin-key-of-some-length' })).status).toBe(401)
    expect((await reload({}, '?x-gateway-key=an-admin-key-of-some-length')).status).toBe(401)
  })
})

describe('invalid input', () => {
  const cases: [string, string, number, string, string | null][] = [
    ['malformed JSON', '{"model": ', 400, 'invalid_json', null],
    ['nothing at all', '', 400, 'invalid_json', null],
    ['an array', '[]', 400, 'invalid_json', null],
    ['a string', '"text"', 400, 'invalid_json', null],
    ['null', 'null', 400, 'invalid_json', null],
    ['no model', '{"messages":[{"role":"user"}]}', 400, 'missing_required_parameter', 'model'],
    ['an empty model', '{"model":" ","messages":[{"role":"user"}]}', 400, 'invalid_value', 'model'],
    ['a model that is no string', '{"model":1,"messages":[{"role":"user"}]}', 400, 'invalid_value', 'model'],
    ['no messages', '{"model":"m"}', 400, 'missing_required_parameter', 'messages'],
    ['empty messages', '{"model":"m","messages":[]}', 400, 'invalid_value', 'messages'],
    ['messages null', '{"model":"m","messages":null}', 400, 'invalid_value', 'messages'],
    ['messages that are a string', '{"model":"m","messages":"hi"}', 400, 'invalid_value', 'messages'],
    ['a message that is a number', '{"model":"m","messages":[123]}', 400, 'invalid_value', 'messages.0'],
    ['a message without a role', '{"model":"m","messages":[{}]}', 400, 'invalid_value', 'messages.0.role'],
    [
      'a stream that is a string',
      '{"model":"m","messages":[{"role":"user"}],"stream":"true"}',
      400,
      'invalid_value',
      'stream',
    ],
    ['an unknown model', '{"model":"none","messages":[{"role":"user"}]}', 404, 'model_not_found', 'model'],
    ['more than MAX_BODY_BYTES', 'x'.repeat(2001), 413, 'request_too_large', null],
  ]

  test.each(cases)(
    'gets an error with OpenAI’s object and CloudBase’s three fields: %s',
    async (...[, body, status, code, param]) => {
      const reply = await fetch(`${getUrl('llm-chat-completions')}/v1/chat/completions`, { method: 'POST', body })
      expect(reply.status).toBe(status)
      const error = (await reply.json()) as { error: Record<string, unknown> }
      expect(error).toEqual({
        error: { message: expect.any(String), type: 'invalid_request_error', param, code },
        code: code.toUpperCase(),
        message: error.error['message'],
        requestId: reply.headers.get('x-request-id'),
      })
      expect(JSON.stringify(error)).not.toMatch(/\bat .*:\d+:\d+|node_modules|index\.js/)
    },
  )

  test('does not end the process', async () => {
    const reply = await fetch(`${getUrl('llm-chat-completions')}/`, { method: 'POST', body: JSON.stringify(chat) })
    expect(await reply.json()).toMatchObject(answer)
    expect(started.get('llm-chat-completions')?.child.exitCode).toBeNull()
  })
})

describe('an incomplete configuration', () => {
  const readOutput = async (environment: Record<string, string>): Promise<string> => {
    const { url, output, stop } = await startFunction('llm-models', { DISABLE_AUTH: 'true', ...environment })
    await (await fetch(`${url}/v1/models`)).text()
    await stop()
    return output()
  }

  test('logs a line with the path of a missing model file', async () => {
    expect(await readOutput({ MODEL_PROVIDER_MAP_FILE: 'nowhere.json' })).toMatch(
      /"variable":"MODEL_PROVIDER_MAP_FILE","path":"nowhere.json","help":"[^"]+Put it there or correct the path/,
    )
  })

  test('logs a line with the variable of a missing key', async () => {
    const map = JSON.stringify({ m: { api_base: 'https://a.example', api_key_env: 'A_API_KEY' } })
    expect(await readOutput({ MODEL_PROVIDER_MAP: map })).toMatch(
      /"model":"m","reason":"[^"]+Set the environment variable A_API_KEY/,
    )
  })

  test('logs a line about a port in use and ends the process with a failure', async () => {
    const taken = new URL(getUrl('llm-health')).port
    await expect(startFunction('llm-health', { PORT: taken })).rejects.toThrow(
      /listen_failed.*"help":"The port is in use/,
    )
  })
})
