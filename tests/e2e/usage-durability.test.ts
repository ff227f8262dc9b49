import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { runEventFunction } from '../../testing/rig/killable-function.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { injectDatabase, standInCredentials } from '../usage/store/stores.ts'

const event = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', ...fields })}\n\n`
const word = (content: string): string => event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const usage = { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 }
const ending = `${event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}${event({ choices: [], usage })}data: [DONE]\n\n`
const choice = {
  index: 0,
  message: { role: 'assistant', content: '好', refusal: null },
  logprobs: null,
  finish_reason: 'stop',
}
const whole = JSON.stringify({ id: 'a', object: 'chat.completion', created: 1, model: 'm', choices: [choice], usage })

let database: CloudbaseDatabase
let provider: LoopbackServer
let receiver: LoopbackServer
let running: StartedFunction
let taken: { readonly id: string; readonly body: string }[]
let receive: (response: ServerResponse) => void
let answer: (response: ServerResponse, body: string) => void

const variables = (): Record<string, string> => ({
  ...injectDatabase(database),
  DISABLE_AUTH: 'true',
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1` } }),
  USAGE_STORE: 'collection',
  CLOUDBASE_ENV_ID: 'env',
  TENCENTCLOUD_SECRETID: standInCredentials.secretId,
  TENCENTCLOUD_SECRETKEY: standInCredentials.secretKey,
  BILLING_WEBHOOK_URL: `${receiver.url}/usage`,
  LOG_LEVEL: 'error',
})

beforeAll(async () => {
  database = await cloudbaseDatabase()
  provider = await loopbackServer((request, response) => {
    void readText(request).then((body) => answer(response, body))
  })
  receiver = await loopbackServer((request, response) => {
    void readText(request).then((body) => {
      taken.push({ id: (JSON.parse(body) as { request_id: string }).request_id, body })
      receive(response)
    })
  })
  running = await startFunction('llm-chat-completions', variables())
})

beforeEach(() => {
  taken = []
  receive = (response) => response.writeHead(204).end()
  answer = (response, body) => {
    if (body.includes('"stream":true'))
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(word('好') + ending)
    else response.writeHead(200, { 'content-type': 'application/json' }).end(whole)
  }
})

afterEach(() => database.plan(() => undefined))

afterAll(async () => {
  await running.stop()
  await Promise.all([provider.close(), receiver.close(), database.close()])
})

/** Sends a request and calls `onPiece` with the text so far after each piece of the reply. */
const chat = async (
  { stream = true, requestId = '', claims = {} }: { stream?: boolean; requestId?: string; claims?: object },
  onPiece: (text: string, id: string) => void = () => undefined,
): Promise<{ status: number; id: string; text: string }> => {
  const headers = { 'content-type': 'application/json', ...(requestId && { 'x-request-id': requestId }) }
  const request = requestHttp(`${running.url}/v1/chat/completions`, { method: 'POST', headers })
  request.end(JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: '你好' }], ...claims }))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const id = String(response.headers['x-request-id'])
  let text = ''
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    onPiece(text, id)
  })
  await once(response, 'end')
  return { status: response.statusCode ?? 0, id, text }
}

const findRow = (id: string): Record<string, unknown> | undefined =>
  database.documents('llm_gateway_usage')?.find(({ _id }) => _id === id)

describe('a usage record', () => {
  test.each([true, false])(
    'is stored and delivered before the client gets the last byte (stream: %s) (R31)',
    async (stream) => {
      let atLastByte: { row: Record<string, unknown>; delivered: boolean } | undefined
      await chat({ stream }, (text, id) => {
        if (!text.endsWith('data: [DONE]\n\n') && text !== whole) return
        running.child.kill('SIGSTOP')
        atLastByte = { row: { ...findRow(id) }, delivered: taken.some((delivery) => delivery.id === id) }
        running.child.kill('SIGCONT')
      })
      expect(atLastByte?.row).toMatchObject({ state: 'final', delivery: 'sent', total_tokens: 46, outcome: 'complete' })
      expect(atLastByte?.delivered).toBe(true)
    },
  )

  test('is written once for each of a thousand requests with the same x-request-id (R43)', async () => {
    const ids = new Set<string>()
    const client = async (): Promise<void> => {
      for (let count = 0; count < 50; count++)
        ids.add((await chat({ stream: count % 2 === 0, requestId: 'the-same' })).id)
    }
    await Promise.all(Array.from({ length: 20 }, client))
    expect(ids.size).toBe(1_000)
    const rows = database.documents('llm_gateway_usage')?.filter((row) => row['client_request_id'] === 'the-same')
    expect(rows).toHaveLength(1_000)
    expect(rows?.every(({ _id, state }) => ids.has(_id) && state === 'final')).toBe(true)
    expect(new Set(taken.map(({ id }) => id))).toEqual(ids)
  }, 60_000)

  test.each([true, false])(
    'contains what the provider did, not what the client claims (stream: %s)',
    async (stream) => {
      const claimed = {
        usage: { ...usage, total_tokens: 0 },
        points: 0,
        user_id: 'somebody-else',
        request_id: 'claimed',
      }
      const claims = { ...claimed, metadata: claimed, prices: { input: '0' }, stream_options: { include_usage: false } }
      const { id } = await chat({ stream, claims: stream ? claims : { ...claims, stream_options: undefined } })
      expect(findRow(id)).toMatchObject({ total_tokens: 46, user_id: null, estimated: false, outcome: 'complete' })
      expect(taken.map((delivery) => delivery.id)).toEqual([id])
      expect(JSON.parse(taken[0]?.body ?? '')).toMatchObject({ request_id: id, user_id: null, usage })
    },
  )

  const toEvent = (delta: object): string => event({ choices: [{ index: 0, delta, finish_reason: null }] })
  test.each([
    ['a word', word('好')],
    ['a thought', toEvent({ reasoning_content: 'hm' })],
    ['a tool', toEvent({ tool_calls: [{ index: 0, id: 't', function: { name: 'f', arguments: '{}' } }] })],
    ['a tool whose name may go on', toEvent({ tool_calls: [{ index: 0, id: 't', function: { name: 'f' } }] })],
    ['a function called in the old way', toEvent({ function_call: { name: 'f', arguments: '{}' } })],
    ['a sound', toEvent({ audio: { id: 'a', data: 'UklGRg==' } })],
    ['zeros beside a word', word('好') + event({ choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } })],
  ])('is written for a client that leaves at its first event: %s', async (_, first) => {
    answer = (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first)
    const request = requestHttp(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    request.on('error', () => undefined)
    request.end(JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: '你好' }] }))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.on('error', () => undefined)
    await once(response, 'data')
    request.destroy()
    const id = String(response.headers['x-request-id'])
    for (let polls = 0; findRow(id)?.['delivery'] !== 'sent' && polls < 400; polls++)
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(findRow(id)).toMatchObject({ state: 'final', delivery: 'sent', outcome: 'client_gone', estimated: true })
    expect(findRow(id)?.['prompt_tokens']).toBeGreaterThan(3)
    expect(findRow(id)?.['completion_tokens']).toBeGreaterThan(0)
  })

  test('is delivered when a failing webhook works again (R30)', async () => {
    receive = (response) => response.writeHead(503).end()
    const ids = await Promise.all(Array.from({ length: 40 }, async () => (await chat({})).id))
    expect(ids.map((id) => findRow(id)?.['delivery'])).toEqual(ids.map(() => 'pending'))
    receive = (response) => response.writeHead(204).end()
    taken = []
    const report = await runEventFunction('llm-usage-flush', variables(), { now: Date.now() + 61_000 })
    expect(report).toMatchObject({ ok: true, delivered: 40, postponed: 0, dead: 0 })
    expect(new Set(taken.map(({ id }) => id))).toEqual(new Set(ids))
    expect(ids.map((id) => findRow(id)?.['delivery'])).toEqual(ids.map(() => 'sent'))
  })
})

describe('the text of a completion', () => {
  test.each([true, false])(
    'does not reach a client whose intent cannot be stored (stream: %s) (R33)',
    async (stream) => {
      let called = 0
      let closed = 0
      // A store that has just worked is not in doubt: the provider is called at once.
      await chat({ stream })
      taken = []
      answer = (response) => {
        called++
        response.once('close', () => closed++)
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(word('好'))
      }
      database.plan((action) => (action === 'database.insertDocument' ? { kind: 'failure' } : undefined))
      const replies = await Promise.all(Array.from({ length: 5 }, () => chat({ stream })))
      for (const { status, text } of replies) {
        expect(status).toBe(503)
        expect(JSON.parse(text)).toMatchObject({ error: { code: 'usage_unavailable' } })
        expect(text).not.toContain('好')
      }
      expect(called).toBeGreaterThan(0)
      while (closed < called) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(taken).toEqual([])
    },
  )
})

describe('an event of a stream', () => {
  test.each([
    [
      'store is slow',
      () => database.plan((action) => (action.includes('modify') ? { kind: 'slow', milliseconds: 700 } : undefined)),
    ],
    ['store hangs', () => database.plan((action) => (action.includes('modify') ? { kind: 'hang' } : undefined))],
    ['webhook is slow', () => (receive = (response) => void setTimeout(() => response.writeHead(204).end(), 700))],
    ['webhook is dead', () => (receive = () => undefined)],
    [
      'store and the webhook hang',
      () => {
        database.plan((action) => (action.includes('modify') ? { kind: 'hang' } : undefined))
        receive = () => undefined
      },
    ],
  ])('does not wait for the record, and the stream ends, although the %s', async (_, breakStore) => {
    breakStore()
    let ended: () => void = () => undefined
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(word('一'))
      ended = () => response.end(word('二') + ending)
    }
    let withLastEvent = ''
    const { text } = await chat({}, (soFar) => {
      if (soFar.includes('二')) withLastEvent ||= soFar
      else if (soFar.includes('一')) ended()
    })
    expect(withLastEvent).toContain('二')
    expect(withLastEvent).not.toContain('[DONE]')
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })
})
