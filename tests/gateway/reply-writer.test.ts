import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serve } from '../../shared/http/server.ts'
import type { ReplyWriter } from '../../shared/protocol/reply-writer.ts'
import { createTextExchange } from '../../shared/providers/text-exchange.ts'
import { isObject, type JsonObject } from '../../shared/runtime/json.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { json, type ReceivedRequest, type Script, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { onCleanup } from '../support/on-cleanup.ts'

/** A wire whose events are lines of one letter and a text. An empty chunk gives no event. */
const letters: ReplyWriter = {
  writeWhole: ({ choices }, { total_tokens }) => ({ letters: getContent(choices, 'message'), total_tokens }),
  createStream: () => {
    let length = 0
    return {
      write: ({ choices }) => {
        const text = getContent(choices, 'delta')
        length += text.length
        return text === '' ? '' : `t ${text}\n`
      },
      keepAlive: () => 'k\n',
      end: ({ total_tokens }, more) => `e ${length} ${total_tokens} ${JSON.stringify(more)}\n`,
      fail: ({ code }, { status, requestId }) => `f ${length} ${code} ${status} ${requestId.length > 0}\n`,
    }
  },
}

const getContent = (choices: unknown, field: 'message' | 'delta'): string => {
  const [choice] = choices as JsonObject[]
  const message = choice?.[field]
  return isObject(message) && typeof message['content'] === 'string' ? message['content'] : ''
}

const chunk = (content: string, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const usageChunk = `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`

interface Started {
  readonly post: (body?: object) => Promise<Response>
}

const start = async (answer: (request: ReceivedRequest) => Script, targets?: object[], keepAliveMs = 0) => {
  const provider = await scriptedProvider(answer)
  const entry = { api_base: `${provider.url}/v1`, api_key: 'sk-provider-key', ...(targets && { targets }) }
  const config = readConfig({
    ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error' },
    MODEL_PROVIDER_MAP: JSON.stringify({ m: entry }),
  })
  const server = { ...config.server, host: '127.0.0.1', port: 0 }
  const handler = relay(
    'chat/completions',
    { ...config, server, keepAliveMs },
    {
      prepare: (call, { 'x-letters': wish }) => (wish === 'off' ? call : { ...call, reply: letters }),
      createExchange: createTextExchange,
      toErrorBody: ({ code }, requestId) => ({ letters: code, hasId: requestId.length > 0 }),
    },
  )
  const { url, close } = await waitForListening(serve(handler, server))
  onCleanup(provider.close, close)
  const post: Started['post'] = (body = {}) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body }),
    })
  return { post, provider }
}

const stream = { stream: true }

describe('a wire that writes replies of its own', () => {
  test('writes a stream: what each chunk gives, and the end with the usage', async () => {
    const { post } = await start(() => sse(chunk('a'), chunk('b', 'stop'), usageChunk))
    expect(await (await post(stream)).text()).toBe('t a\nt b\ne 2 5 {}\n')
  })

  test('writes a whole reply, with the usage that counts', async () => {
    const { post } = await start(() => json({ choices: [{ message: { content: 'ab' } }], usage }))
    expect(await (await post()).json()).toEqual({ letters: 'ab', total_tokens: 5 })
  })

  test('gets an estimate if the provider states no usage', async () => {
    const { post } = await start(({ body }) =>
      body['stream'] ? sse(chunk('a', 'stop')) : json({ choices: [{ message: { content: 'a' } }] }),
    )
    expect(await (await post(stream)).text()).toMatch(/^t a\ne 1 [1-9]\d* \{\}\n$/)
    expect(await (await post()).json()).toEqual({ letters: 'a', total_tokens: expect.any(Number) })
  })

  test('writes the error that ends a stream', async () => {
    const { post } = await start(() => sse(chunk('a'), 'cut'))
    expect(await (await post(stream)).text()).toBe('t a\nf 1 upstream_error 502 true\n')
  })

  test('writes the body of an error', async () => {
    const { post } = await start(() => json({ error: { message: 'no' } }, 400))
    const reply = await post()
    expect([reply.status, await reply.json()]).toEqual([400, { letters: 'upstream_rejected', hasId: true }])
  })

  test('begins no stream with a chunk that gives no event, so that another target can answer', async () => {
    let attempts = 0
    const busy = `data: ${JSON.stringify({ error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } })}\n\n`
    const script = () => (++attempts === 1 ? sse(chunk(''), busy) : sse(chunk('b', 'stop'), usageChunk))
    const { post } = await start(script, [{ api_key: 'sk-one' }, { api_key: 'sk-two' }])
    expect(await (await post(stream)).text()).toBe('t b\ne 1 5 {}\n')
  })

  test('keeps a silent stream open in its own way, and ends one that fails before it began', async () => {
    let fail = (): void => undefined
    const failing = new Promise<void>((resolve) => {
      fail = resolve
    })
    const { post } = await start(() => sse(chunk('a'), failing, 'cut'), undefined, 20)
    const reply = await post(stream)
    let text = ''
    for await (const bytes of reply.body ?? []) {
      text += Buffer.from(bytes).toString()
      if (text.includes('k\n')) fail()
    }
    expect(text).toMatch(/^(: keep-alive\n\n)?t a\n(k\n)+f 1 upstream_error 502 true\n$/)
    const late = await start(() => sse(new Promise((resolve) => setTimeout(resolve, 80)), 'cut'), undefined, 10)
    expect(await (await late.post(stream)).text()).toMatch(/^(: keep-alive\n\n)+f 0 upstream_error 502 true\n$/)
  })
})
