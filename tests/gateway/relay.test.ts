import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../shared/http/server.ts'
import { type LoopbackServer, loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const server = async (listener: RequestListener): Promise<LoopbackServer> => {
  const started = await loopbackServer(listener)
  cleanups.push(started.close)
  return started
}

const readBody = async (message: IncomingMessage): Promise<Record<string, unknown>> => {
  const pieces: Buffer[] = []
  for await (const piece of message) pieces.push(piece as Buffer)
  return JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>
}

interface Gateway {
  readonly url: string
  readonly lines: LogLine[]
}

const gateway = async (provider: LoopbackServer, environment: Record<string, string> = {}): Promise<Gateway> => {
  const map = { m: { api_base: `${provider.url}/v1`, api_key_env: 'PROVIDER_API_KEY' } }
  const config = readConfig({
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    LOG_LEVEL: 'error',
    PROVIDER_API_KEY: 'sk-provider-key-1',
    MODEL_PROVIDER_MAP: JSON.stringify(map),
    ...environment,
  })
  const { log, lines } = captureLog()
  const server = { ...config.server, host: '127.0.0.1', port: 0, log }
  const { url, close } = await waitForListening(
    serve(relay('chat/completions', { ...config, server }, serveText), server),
  )
  cleanups.push(close)
  return { url: `${url}/v1/chat/completions`, lines }
}

const usage = {
  prompt_tokens: 12,
  completion_tokens: 34,
  total_tokens: 46,
  prompt_tokens_details: { cached_tokens: 3 },
}
const completion = {
  id: 'a',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: '你好' }, finish_reason: 'stop' }],
}

const respondingWith =
  (body: object): RequestListener =>
  (_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))

const chunk = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`
const words = (content: string, finish: string | null = null): string =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })
const firstWords = (content: string): string =>
  chunk({ choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] })

const streaming =
  (write: (response: ServerResponse) => Promise<unknown> | unknown): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    void write(response)
  }

const post = (url: string, body: object = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: '你好' }], ...body }),
  })

describe('the body', () => {
  test('reaches the provider with every unknown field, and without fields that would control the gateway', async () => {
    let seen: Record<string, unknown> = {}
    let headers: IncomingMessage['headers'] = {}
    const provider = await server(async (request, response) => {
      headers = request.headers
      seen = await readBody(request)
      respondingWith({ ...completion, usage })(request, response)
    })
    const { url } = await gateway(provider)
    const thinking = { type: 'enabled', budget: 12 }
    const reply = await post(url, {
      thinking,
      temperature: 0.1,
      api_key: 'x',
      api_base: 'http://127.0.0.1:1',
      base_url: 'y',
      custom_llm_provider: 'z',
      mock_response: 'free',
    })
    expect(reply.status).toBe(200)
    expect(seen).toEqual({ model: 'm', messages: [{ role: 'user', content: '你好' }], thinking, temperature: 0.1 })
    expect(headers.authorization).toBe('Bearer sk-provider-key-1')
  })

  test('returns the provider’s body byte for byte', async () => {
    const bytes = `\n\n{ "id":"a","object": "chat.completion","created":1,"model":"m","choices": [ {"index":0,"logprobs":null,"finish_reason":"stop","message":{"role":"assistant","refusal":null,"content":"\\u4f60好","future":1}} ], "x": 1.0 }`
    const provider = await server((_, response) => response.end(bytes))
    const { url } = await gateway(provider)
    expect(await (await post(url)).text()).toBe(bytes)
  })
})

describe('a webhook', () => {
  const hook = async (): Promise<{ url: string; received: { body: unknown; authorization: string | undefined }[] }> => {
    const received: { body: unknown; authorization: string | undefined }[] = []
    const { url } = await server(async (request, response) => {
      received.push({ body: await readBody(request), authorization: request.headers.authorization })
      response.end()
    })
    return { url, received }
  }

  test('receives the original’s body and bearer token, with the usage exactly as the provider reported it', async () => {
    const billing = await hook()
    const provider = await server(respondingWith({ ...completion, usage }))
    const { url } = await gateway(provider, {
      BILLING_WEBHOOK_URL: billing.url,
      BILLING_WEBHOOK_TOKEN: 'hook-token',
      POINTS_PER_1K_TOKENS: '50',
    })
    const reply = await post(url)
    expect(billing.received).toEqual([
      {
        authorization: 'Bearer hook-token',
        body: {
          request_id: reply.headers.get('x-request-id'),
          user_id: null,
          model: 'm',
          usage,
          points: 2,
          metadata: expect.objectContaining({ stream: false }),
          ts: expect.any(Number),
        },
      },
    ])
  })

  test.each([
    { prompt_tokens: -12, completion_tokens: 34, total_tokens: 22 },
    { prompt_tokens: 12, completion_tokens: 1.5 },
    'many',
  ])('receives the usage that the client sees if the provider states an unusable one: %j (R18)', async (stated) => {
    const billing = await hook()
    const provider = await server(respondingWith({ ...completion, usage: stated }))
    const { url } = await gateway(provider, { BILLING_WEBHOOK_URL: billing.url })
    const { usage: shown } = (await (await post(url)).json()) as { usage: Record<string, unknown> }
    const { estimated, ...counts } = shown
    expect(estimated).toBe(true)
    expect(Object.values(counts).every((count) => (count as number) > 0)).toBe(true)
    expect(billing.received).toMatchObject([{ body: { usage: counts, metadata: { estimated: true } } }])
  })

  test.each([
    ['.5', 25],
    ['500e-3', 25],
    ['5.', 250],
  ])('charges by a price as Python’s float() reads it: %s', async (price, points) => {
    const billing = await hook()
    const used = { prompt_tokens: 20_000, completion_tokens: 30_000, total_tokens: 50_000 }
    const provider = await server(respondingWith({ ...completion, usage: used }))
    const { url } = await gateway(provider, { BILLING_WEBHOOK_URL: billing.url, POINTS_PER_1K_TOKENS: price })
    await post(url)
    expect(billing.received).toMatchObject([{ body: { points } }])
  })

  test.each(['POINTS_PER_1K_TOKENS', 'POINTS_PER_YUAN'])(
    'never receives another price: while %s cannot be read, each call is a 503 and no provider is called',
    async (variable) => {
      let calls = 0
      const provider = await server((request, response) => {
        calls++
        respondingWith(completion)(request, response)
      })
      const { url } = await gateway(provider, { [variable]: '0,5', USAGE_FAIL_OPEN: 'true' })
      const reply = await post(url)
      expect(reply.status).toBe(503)
      expect(await reply.json()).toMatchObject({ error: { code: 'gateway_misconfigured' } })
      expect(calls).toBe(0)
    },
  )

  test.each([
    ['intent', '', 503],
    ['final', '', 503],
    ['final', 'true', 200],
  ])(
    'has no free calls while the store cannot be built (USAGE_DURABILITY=%s, USAGE_FAIL_OPEN=%s: %d)',
    async (durability, failOpen, status) => {
      let calls = 0
      const provider = await server((request, response) => {
        calls++
        respondingWith(completion)(request, response)
      })
      const store = { USAGE_STORE: 'mysql', USAGE_DURABILITY: durability, USAGE_FAIL_OPEN: failOpen }
      const { url } = await gateway(provider, store)
      const reply = await post(url)
      expect(reply.status).toBe(status)
      if (status === 503) expect(await reply.json()).toMatchObject({ error: { code: 'gateway_misconfigured' } })
      expect(calls).toBe(status === 503 ? 0 : 1)
    },
  )

  test('receives the record before a stream’s [DONE] is sent (R31)', async () => {
    let arrived: (() => void) | undefined
    let release: (() => void) | undefined
    const posted = new Promise<void>((resolve) => (arrived = resolve))
    const billing = await server((request, response) => {
      request.resume()
      release = () => response.end()
      arrived?.()
    })
    const provider = await server(
      streaming((response) => response.end(`${words('你', 'stop') + chunk({ choices: [], usage })}data: [DONE]\n\n`)),
    )
    const { url } = await gateway(provider, { BILLING_WEBHOOK_URL: billing.url })
    const reply = await post(url, { stream: true })
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    const first = Buffer.from((await reader.read()).value ?? []).toString()
    await posted
    expect(first).not.toContain('[DONE]')
    release?.()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: [DONE]\n\n')
  })
})

describe('usage in a choice, as Moonshot sends it', () => {
  const inChoice = words('好', null) + chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] })
  const inGroq = words('好', 'stop') + chunk({ choices: [{ index: 0, delta: { content: '' } }], x_groq: { usage } })

  test.each([
    ['a choice', inChoice],
    ['x_groq', inGroq],
  ])('is removed from a stream that did not ask for it: %s', async (_, events) => {
    const provider = await server(streaming((response) => response.end(`${events}data: [DONE]\n\n`)))
    const { url } = await gateway(provider)
    expect(await (await post(url, { stream: true })).text()).not.toContain('usage')
  })

  test('is shown once, at the end, to a client that asked for it', async () => {
    const provider = await server(streaming((response) => response.end(`${inChoice}data: [DONE]\n\n`)))
    const { url } = await gateway(provider)
    const reply = await (await post(url, { stream: true, stream_options: { include_usage: true } })).text()
    expect(reply.match(/"total_tokens"/g)).toHaveLength(1)
    expect(reply).toContain(`"choices":[],"usage":${JSON.stringify(usage)}}\n\ndata: [DONE]`)
  })

  test.each([true, false])('is split by the text if it is a total alone, stream: %s (R18)', async (stream) => {
    const total = { usage: { total_tokens: 40 } }
    const ended = `${words('你好', 'stop')}${chunk({ choices: [], ...total })}data: [DONE]\n\n`
    const provider = await server(
      stream ? streaming((response) => response.end(ended)) : respondingWith({ ...completion, ...total }),
    )
    const { url } = await gateway(provider)
    const reply = await post(url, stream ? { stream, stream_options: { include_usage: true } } : {})
    const told = JSON.parse(/"usage":(\{[^{}]*\})/.exec(await reply.text())?.[1] ?? '') as Record<string, number>
    expect(told).toMatchObject({ total_tokens: 40, estimated: true })
    expect(told['completion_tokens']).toBeGreaterThan(0)
    expect(told['completion_tokens']).toBeLessThan(20)
    expect((told['prompt_tokens'] ?? 0) + (told['completion_tokens'] ?? 0)).toBe(40)
  })

  test('is shown once, at the top, in a whole response', async () => {
    const [choice] = completion.choices
    const provider = await server(respondingWith({ ...completion, choices: [{ ...choice, usage }] }))
    const { url } = await gateway(provider)
    const reply = (await (await post(url)).json()) as { usage: unknown; choices: unknown[] }
    expect(reply.usage).toEqual(usage)
    expect(JSON.stringify(reply.choices)).not.toContain('usage')
  })
})

describe('a stream', () => {
  test('delivers each event at once: the first is read before the second is written', async () => {
    let goOn: (() => void) | undefined
    const read = new Promise<void>((resolve) => (goOn = resolve))
    const provider = await server(
      streaming(async (response) => {
        response.write(firstWords('你'))
        await read
        response.end(`${words('好', 'stop')}data: [DONE]\n\n`)
      }),
    )
    const { url } = await gateway(provider)
    const reader = ((await post(url, { stream: true })).body as ReadableStream<Uint8Array>).getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(firstWords('你'))
    goOn?.()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain(words('好', 'stop'))
  })

  test('is a real 502, not a 200, if it breaks off before its first event', async () => {
    const provider = await server(streaming((response) => response.end()))
    const { url } = await gateway(provider)
    const reply = await post(url, { stream: true })
    expect(reply.status).toBe(502)
    expect(await reply.json()).toMatchObject({ error: { code: 'upstream_error' } })
  })

  test('ends with an error event and without [DONE] if it breaks off later (R10)', async () => {
    const provider = await server(streaming((response) => response.end(words('你'))))
    const { url } = await gateway(provider)
    const text = await (await post(url, { stream: true })).text()
    expect(text).toContain('data: {"error":{"message":')
    expect(text).not.toContain('[DONE]')
  })

  test.each([
    ['no text', '', 0],
    ['some text', '你好', 2],
  ])('returns the counted usage on request if the provider sends no usage and %s', async (_name, text, least) => {
    const provider = await server(streaming((response) => response.end(words(text, 'stop'))))
    const { url } = await gateway(provider)
    const reply = await post(url, { stream: true, stream_options: { include_usage: true } })
    const [, last, done] = (await reply.text()).split('\n\n')
    const { choices, usage } = JSON.parse(last?.slice(6) ?? '') as {
      choices: unknown
      usage: { completion_tokens: number }
    }
    expect([choices, done]).toEqual([[], 'data: [DONE]'])
    expect(usage).toMatchObject({ estimated: true, total_tokens: expect.any(Number) })
    expect(usage.completion_tokens).toBeGreaterThanOrEqual(least)
  })

  test('closes the provider’s connection if the client leaves', async () => {
    let closed: (() => void) | undefined
    const left = new Promise<void>((resolve) => (closed = resolve))
    const provider = await server(
      streaming((response) => {
        response.on('close', () => closed?.())
        response.write(words('你'))
      }),
    )
    const { url } = await gateway(provider)
    const leaving = new AbortController()
    const reply = await fetch(url, {
      method: 'POST',
      signal: leaving.signal,
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }], stream: true }),
    })
    await (reply.body as ReadableStream<Uint8Array>).getReader().read()
    leaving.abort()
    await left
  })
})

describe('a whole response whose client leaves', () => {
  /** Leaves when the provider has the request. Resolves with the record that the webhook receives. */
  const recordAfterLeaving = async (answer: (response: ServerResponse) => void): Promise<unknown> => {
    const leaving = new AbortController()
    let deliver: ((record: unknown) => void) | undefined
    const delivered = new Promise((resolve) => (deliver = resolve))
    const billing = await server(async (request, response) => {
      deliver?.(await readBody(request))
      response.end()
    })
    const provider = await server(async (request, response) => {
      await readBody(request)
      leaving.abort()
      answer(response)
    })
    const { url } = await gateway(provider, { BILLING_WEBHOOK_URL: billing.url })
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: '你好' }] })
    await expect(fetch(url, { method: 'POST', signal: leaving.signal, body })).rejects.toThrow()
    return delivered
  }

  test('is charged by the usage of the provider, whose work goes on to its end (R22)', async () => {
    const record = await recordAfterLeaving(
      (response) => void setTimeout(() => response.end(JSON.stringify({ ...completion, usage })), 300),
    )
    expect(record).toMatchObject({ usage, metadata: { outcome: 'client_gone', estimated: false } })
  })

  test('is charged by its estimated prompt if the provider does not end within seconds (R22)', async () => {
    let closed: (() => void) | undefined
    const stopped = new Promise<void>((resolve) => (closed = resolve))
    const record = await recordAfterLeaving((response) => void response.on('close', () => closed?.()))
    await stopped
    expect(record).toMatchObject({
      usage: { completion_tokens: 0 },
      metadata: { outcome: 'client_gone', estimated: true },
    })
    expect((record as { usage: { prompt_tokens: number } }).usage.prompt_tokens).toBeGreaterThan(0)
  }, 20_000)
})

describe('a rejection by the provider', () => {
  test('is a 502 that reveals neither key nor host if it concerns the gateway’s key (R6)', async () => {
    const provider = await server((_, response) => {
      response.statusCode = 401
      response.end(
        JSON.stringify({
          error: { message: 'Incorrect API key provided: sk-provider-key-1', code: 'invalid_api_key' },
        }),
      )
    })
    const { url, lines } = await gateway(provider)
    const reply = await post(url)
    const text = await reply.text()
    expect(reply.status).toBe(502)
    expect(text).toContain('upstream_auth')
    expect(text + JSON.stringify(lines)).not.toContain('sk-provider-key-1')
  })

  test('keeps its status, its code as a string and its message, with secrets redacted', async () => {
    const provider = await server((_, response) => {
      response.statusCode = 422
      response.end(
        JSON.stringify({
          error: { message: 'temperature too high; key sk-provider-key-1 at https://api.example.com/x', code: 1210 },
        }),
      )
    })
    const { url } = await gateway(provider)
    const reply = await post(url)
    expect(reply.status).toBe(422)
    const { error } = (await reply.json()) as { error: { message: string; code: string } }
    expect(error.code).toBe('1210')
    expect(error.message).toMatch(/^temperature too high/)
    expect(error.message).not.toMatch(/sk-|example\.com/)
  })
})

test('names in the log why a model of the map is not found', async () => {
  const provider = await server(respondingWith(completion))
  const { url, lines } = await gateway(provider, { MODEL_LIST: 'other' })
  const map = { m: { api_base: provider.url }, other: { api_base: provider.url } }
  const listed = await gateway(provider, { MODEL_LIST: 'other', MODEL_PROVIDER_MAP: JSON.stringify(map) })
  expect((await post(url)).status).toBe(503)
  expect((await post(listed.url)).status).toBe(404)
  const fields = { status: 404, error_code: 'model_not_found', reason: 'not_listed' }
  expect(listed.lines).toContainEqual(expect.objectContaining({ fields: expect.objectContaining(fields) }))
  expect(JSON.stringify(lines)).not.toContain('not_listed')
})

describe('authentication', () => {
  test('is checked before the body: an invalid body without a token is a 401', async () => {
    const provider = await server(respondingWith(completion))
    const { url } = await gateway(provider, { DISABLE_AUTH: 'false', CLOUDBASE_ENV_ID: 'env-1' })
    const reply = await fetch(url, { method: 'POST', body: '{' })
    expect(reply.status).toBe(401)
    expect(await reply.json()).toMatchObject({ code: 'MISSING_CREDENTIALS' })
  })

  test('is a 503 that says what to set if it is misconfigured', async () => {
    const provider = await server(respondingWith(completion))
    const { url } = await gateway(provider, { DISABLE_AUTH: 'false' })
    const reply = await post(url)
    expect(reply.status).toBe(503)
    expect(await reply.json()).toMatchObject({ message: expect.stringContaining('CLOUDBASE_ENV_ID') })
  })

  test('cannot be switched off on a deployed function without a confirmation', async () => {
    const provider = await server(respondingWith(completion))
    const deployed = await gateway(provider, { TENCENTCLOUD_RUNENV: 'SCF' })
    expect((await post(deployed.url)).status).toBe(503)
    const confirmed = await gateway(provider, { TENCENTCLOUD_RUNENV: 'SCF', ALLOW_INSECURE: 'true' })
    expect((await post(confirmed.url)).status).toBe(200)
  })
})
