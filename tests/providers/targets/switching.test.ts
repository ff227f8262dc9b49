import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { TargetAttempt } from '../../../shared/protocol/attempt.ts'
import { parseCall } from '../../../shared/protocol/call.ts'
import type { Target } from '../../../shared/protocol/route.ts'
import { createProvider } from '../../../shared/providers/provider.ts'
import type { Rest } from '../../../shared/providers/targets/rests.ts'
import type { TargetsOptions } from '../../../shared/providers/targets/switching.ts'
import { getTargetId } from '../../../shared/providers/targets/target-id.ts'
import { createTextExchange } from '../../../shared/providers/text-exchange.ts'
import {
  json,
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
  sse,
} from '../../../testing/stand-ins/provider.ts'
import {
  caller,
  makeCallOptions,
  makeTargetsOptions,
  routeOver,
  targetAt,
  timeouts,
} from '../../support/call-provider.ts'
import { captureLog } from '../../support/capture-log.ts'
import { readStream } from '../../support/read-stream.ts'

const answer = (content: string) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
})
const chunk = (content: string, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: reason }] })}\n\n`

let provider: ScriptedProvider
/** The responses by key; a key without one answers well. */
let scripts: Record<string, () => Script>

const getKey = ({ headers }: ReceivedRequest): string => String(headers.authorization).replace('Bearer ', '')

beforeAll(async () => {
  provider = await scriptedProvider((request) => {
    const key = getKey(request)
    const script = scripts[key]
    if (script) return script()
    return request.body['stream']
      ? sse(chunk(`from ${key}`), chunk('', 'stop'), 'data: [DONE]\n\n')
      : json(answer(`from ${key}`))
  })
})

beforeEach(() => {
  provider.requests.length = 0
  scripts = {}
})

afterAll(() => provider.close())

/** Creates targets that are tried in this order: one tier each. */
const inOrder = (...fields: (Partial<Target> & { readonly apiKey: string })[]) =>
  routeOver(
    ...(fields.map((own, tier) => targetAt(provider.url, { name: own.apiKey, tier, ...own })) as [Target, ...Target[]]),
  )

const createCaller = (limits: Partial<typeof timeouts> = {}, targets: Partial<TargetsOptions> = {}) => {
  const { log, lines } = captureLog()
  const call = caller(
    createProvider(
      { ...timeouts, ...limits },
      { allowPrivate: true },
      makeTargetsOptions({ log, ...targets }),
      createTextExchange,
    ),
  )
  return { call, lines }
}

const asked = (): string[] => provider.requests.map(getKey)
const error = (
  status: number,
  headers: Record<string, string> = {},
  body: object = { error: { message: 'no' } },
): Script => ({
  ...json(body, status),
  headers,
})

describe('a failure of a target', () => {
  test.each([
    ['401', () => error(401)],
    ['402', () => error(402)],
    ['403', () => error(403)],
    ['429', () => error(429)],
    ['429 with retry-after', () => error(429, { 'retry-after': '1' })],
    ['503', () => error(503)],
    ['529', () => error(529)],
    ['429 that means no money', () => error(429, {}, { error: { code: 'insufficient_quota', message: 'no' } })],
    ['200 with an error', () => json({ error: { code: 402, message: 'no' } })],
  ])('is followed by the next target if it is %s, whole and in a stream', async (_, script) => {
    for (const stream of [false, true]) {
      const { call } = createCaller()
      scripts = { a: script }
      const { heard } = await call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), { stream })
      expect(heard).toBe('from b')
    }
    expect(asked()).toEqual(['a', 'b', 'a', 'b'])
  })

  test('is followed by the next target, and by no rest, if a firewall refused the text of one prompt', async () => {
    const { call, lines } = createCaller()
    const page = { status: 403, headers: { 'content-type': 'text/html' }, body: ['<!DOCTYPE html><p>403 Forbidden'] }
    scripts = { a: () => page }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    for (let turn = 0; turn < 2; turn++) expect((await call(route, {})).heard).toBe('from b')
    scripts = {}
    expect((await call(route, {})).heard).toBe('from a')
    expect(lines).toEqual([])
  })

  test('is followed by the next target, and by a short rest only after three, if the request costs more than is left', async () => {
    const { call, lines } = createCaller()
    const message =
      'This request requires more credits, or fewer max_tokens. You requested 900, but can only afford 77.'
    scripts = { a: () => error(402, {}, { error: { code: 402, message } }) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    for (let turn = 0; turn < 2; turn++) expect((await call(route, {})).heard).toBe('from b')
    expect(lines).toEqual([])
    await call(route, {})
    expect(lines[0]?.fields).toEqual({ target: 'a', reason: 'unaffordable', seconds: 5 })
  })

  test('forbids the client to repeat the call if an earlier attempt may be billed, whatever the last one says', async () => {
    const { call } = createCaller()
    scripts = { a: () => error(500), b: () => error(503) }
    const route = inOrder({ apiKey: 'a', switchOn: ['server_error'] }, { apiKey: 'b' })
    await expect(call(route, {})).rejects.toMatchObject({
      status: 503,
      options: { headers: { 'x-should-retry': 'false' } },
    })
  })

  test('is followed by the next target if no connection is made', async () => {
    const { call } = createCaller()
    const dead = await scriptedProvider(() => ({}))
    await dead.close()
    const route = inOrder({ apiKey: 'a', apiBase: `${dead.url}/v1` }, { apiKey: 'b' })
    expect((await call(route, {})).heard).toBe('from b')
  })

  test.each([
    ['400', () => error(400), { status: 400 }],
    ['404', () => error(404), { status: 404 }],
    ['422', () => error(422), { status: 422 }],
    ['500', () => error(500), { status: 502 }],
    ['502', () => error(502), { status: 502 }],
    ['504', () => error(504), { status: 504 }],
    ['a cut before the response', () => ({ raw: true, body: ['cut'] }) as Script, { status: 502 }],
    ['a reset before the response', () => ({ raw: true, body: ['reset'] }) as Script, { status: 502 }],
    ['no answer at all', () => json(''), { status: 502 }],
  ])(
    'ends the call if it is %s, because the request may be its cause or the provider may bill it',
    async (_, script, expected) => {
      const { call } = createCaller()
      scripts = { a: script }
      await expect(call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {})).rejects.toMatchObject(expected)
      expect(asked()).toEqual(['a'])
    },
  )

  test('is followed by the next target if the server failed or no byte came in time, and the entry permits it', async () => {
    const { call } = createCaller({ firstByte: 200 })
    scripts = { a: () => error(500), b: () => ({ raw: true, body: ['hang'] }) }
    const route = inOrder(
      { apiKey: 'a', switchOn: ['server_error'] },
      { apiKey: 'b', switchOn: ['first_byte_timeout'] },
      { apiKey: 'c' },
    )
    expect((await call(route, {})).heard).toBe('from c')
  })

  test('is followed by the next other model if the conversation is too long, and the entry permits it', async () => {
    const { call } = createCaller()
    const tooLong = () =>
      error(400, {}, { error: { code: 'context_length_exceeded', message: 'maximum context length is 8192 tokens' } })
    scripts = { a: tooLong, b: tooLong }
    const small = { upstreamModel: 'small', switchOn: ['context_length'] } as const
    const route = inOrder({ apiKey: 'a', ...small }, { apiKey: 'b', ...small }, { apiKey: 'c', upstreamModel: 'large' })
    expect((await call(route, {})).heard).toBe('from c')
    expect(asked()).toEqual(['a', 'c'])
    await expect(call(inOrder({ apiKey: 'a' }, { apiKey: 'c', upstreamModel: 'large' }), {})).rejects.toMatchObject({
      status: 400,
    })
    await expect(call(inOrder({ apiKey: 'a', ...small }, { apiKey: 'b', ...small }), {})).rejects.toMatchObject({
      status: 400,
    })
  })

  test('is a wait for the other model if the conversation is too long and that model rests', async () => {
    const { call } = createCaller()
    const tooLong = () => error(400, {}, { error: { code: 'context_length_exceeded', message: 'too long' } })
    scripts = { a: tooLong, b: tooLong, c: () => error(429, { 'retry-after': '30' }) }
    const small = { upstreamModel: 'small', switchOn: ['context_length'] } as const
    const route = inOrder({ apiKey: 'a', ...small }, { apiKey: 'b', ...small }, { apiKey: 'c', upstreamModel: 'large' })
    await expect(call(route, {})).rejects.toMatchObject({ status: 503 })
    await expect(call(route, {})).rejects.toMatchObject({
      status: 503,
      options: { headers: { 'retry-after': expect.stringMatching(/^(29|30)$/) } },
    })
    expect(asked()).toEqual(['a', 'c', 'a'])
  })

  test('ends the call after text of a response: no answer is mixed of two (R80)', async () => {
    const { call } = createCaller()
    scripts = { a: () => sse(chunk('half '), 'cut') }
    const route = inOrder({ apiKey: 'a', switchOn: ['server_error'] }, { apiKey: 'b' })
    const { body, end } = await call(route, { stream: true })
    expect(end).toMatchObject({ outcome: 'upstream_cut' })
    expect(readStream(body).text).toBe('half ')
    expect(asked()).toEqual(['a'])
  })
})

describe('the attempts of a call', () => {
  test('are each reported, and each target is tried once', async () => {
    const { call } = createCaller()
    scripts = { a: () => error(429, { 'retry-after': '0' }), b: () => error(401) }
    const attempts: TargetAttempt[] = []
    await call(
      inOrder({ apiKey: 'a' }, { apiKey: 'b' }, { apiKey: 'c' }),
      {},
      { onAttempt: (_, attempt) => attempts.push(attempt) },
    )
    expect(asked()).toEqual(['a', 'b', 'c'])
    expect(attempts).toEqual([
      { target: 'a', status: 429, error: 'rate_limit_exceeded', ms: expect.any(Number) },
      { target: 'b', status: 401, error: 'upstream_auth', ms: expect.any(Number) },
      { target: 'c', status: 200, error: null, ms: expect.any(Number) },
    ])
  })

  test('end when the client leaves', async () => {
    const { call } = createCaller()
    const client = new AbortController()
    scripts = {
      a: () => {
        client.abort()
        return error(429)
      },
    }
    const calling = call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {}, { clientSignal: client.signal })
    await expect(calling).rejects.toMatchObject({ status: 429 })
    expect(asked()).toEqual(['a'])
  })

  test('end when half of the time for a response is over', async () => {
    const { call } = createCaller({ firstByte: 300, total: 500 })
    scripts = { a: () => ({ raw: true, body: ['hang'] }) }
    const route = inOrder({ apiKey: 'a', switchOn: ['first_byte_timeout'] }, { apiKey: 'b' })
    await expect(call(route, {})).rejects.toMatchObject({ code: 'upstream_timeout' })
    expect(asked()).toEqual(['a'])
  })

  test('go by the failures of all prompts: none is repeated elsewhere if one was answered', async () => {
    const { call } = createCaller()
    scripts = { a: () => (provider.requests.length === 1 ? json(answer('one')) : error(429)) }
    const route = inOrder({ apiKey: 'a', completionsMode: 'chat' }, { apiKey: 'b', completionsMode: 'chat' })
    const body = { prompt: ['1', '2', '3', '4', '5'] }
    await expect(call(route, body, { operation: 'completions' })).rejects.toMatchObject({ status: 429 })
    while (provider.requests.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(new Set(asked())).toEqual(new Set(['a']))
  })
})

describe('a target that rests', () => {
  test('gets no request, and is told in the log', async () => {
    const { call, lines } = createCaller()
    scripts = { a: () => error(429, { 'retry-after': '30' }) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    for (let turn = 0; turn < 3; turn++) expect((await call(route, {})).heard).toBe('from b')
    expect(asked()).toEqual(['a', 'b', 'b', 'b'])
    expect(lines).toEqual([
      { level: 'warn', event: 'target_rests', fields: { target: 'a', reason: 'rate', seconds: 30 } },
    ])
  })

  test.each([
    ['EXCEED_CONCURRENT_REQUEST_LIMIT', 'rate', 5],
    ['EXCEED_TOKEN_QUOTA_LIMIT', 'quota', 900],
  ])('rests as CloudBase’s code %s says: %s, %i s', async (code, reason, seconds) => {
    for (const script of [error(429, {}, { code, message: 'no' }), json({ code, message: 'no' })]) {
      const { call, lines } = createCaller()
      scripts = { a: () => script }
      expect((await call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {})).heard).toBe('from b')
      expect(lines[0]?.fields).toEqual({ target: 'a', reason, seconds })
    }
  })

  test('returns by itself with the next request (R82)', async () => {
    const { call, lines } = createCaller()
    scripts = { a: () => error(429, { 'retry-after-ms': '50', 'retry-after': '1' }) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    await call(route, {})
    scripts = {}
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await call(route, {})).heard).toBe('from a')
    expect(lines.at(-1)).toEqual({ level: 'info', event: 'target_returns', fields: { target: 'a' } })
  })

  test('rests after its server failed again and again', async () => {
    const { call } = createCaller()
    scripts = { a: () => error(500) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    for (let turn = 0; turn < 3; turn++) await expect(call(route, {})).rejects.toMatchObject({ status: 502 })
    expect((await call(route, {})).heard).toBe('from b')
  })

  test('rests after it broke streams off again and again', async () => {
    const { call } = createCaller()
    scripts = { a: () => sse(chunk('half '), 'cut') }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    for (let turn = 0; turn < 3; turn++) expect((await call(route, { stream: true })).end?.outcome).toBe('upstream_cut')
    expect((await call(route, { stream: true })).heard).toBe('from b')
  })

  test('makes the call fail with a true retry-after if all rest, without a request', async () => {
    const { call } = createCaller()
    scripts = { a: () => error(429, { 'retry-after': '40' }), b: () => error(429, { 'retry-after': '20' }) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    const unavailable = { status: 503, code: 'upstream_unavailable', options: { headers: { 'retry-after': '20' } } }
    await expect(call(route, {})).rejects.toMatchObject(unavailable)
    await expect(call(route, {})).rejects.toMatchObject(unavailable)
    expect(asked()).toEqual(['a', 'b'])
  })

  test('is tried early by one request of many if all rest; the others fail with a true retry-after', async () => {
    const { call } = createCaller()
    scripts = { a: () => error(402), b: () => error(401) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    const unavailable = { code: 'upstream_unavailable', options: { headers: { 'retry-after': '900' } } }
    await expect(call(route, {})).rejects.toMatchObject(unavailable)
    provider.requests.length = 0
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => call(route, {})))
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(asked()).toHaveLength(1)
  })

  test('is back at once if the early try succeeds', async () => {
    const { call, lines } = createCaller()
    scripts = { a: () => error(402), b: () => error(401) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    await expect(call(route, {})).rejects.toMatchObject({ code: 'upstream_unavailable' })
    scripts = {}
    expect((await call(route, {})).heard).toBe('from a')
    expect((await call(route, {})).heard).toBe('from a')
    expect(lines.at(-1)).toMatchObject({ event: 'target_returns', fields: { target: 'a' } })
  })

  test('is waited for if all rest and one is free within a second', async () => {
    const { call } = createCaller()
    scripts = {
      a: () =>
        asked().length === 1 ? error(429, { 'retry-after-ms': '900', 'retry-after': '1' }) : json(answer('back')),
      b: () => error(429, { 'retry-after': '20' }),
    }
    expect((await call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {})).heard).toBe('back')
    expect(asked()).toEqual(['a', 'b', 'a'])
  })

  test('is not waited for if the client leaves', async () => {
    const client = new AbortController()
    const { call } = createCaller()
    scripts = {
      a: () => error(429, { 'retry-after-ms': '900', 'retry-after': '1' }),
      b: () => {
        setTimeout(() => client.abort(), 100)
        return error(429, { 'retry-after': '20' })
      },
    }
    const calling = call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {}, { clientSignal: client.signal })
    await expect(calling).rejects.toMatchObject({ code: 'client_gone' })
    expect(asked()).toEqual(['a', 'b'])
  })

  test('is tried again if its rest has ended before the last target failed', async () => {
    const { call } = createCaller()
    scripts = {
      a: () => (asked().length === 1 ? error(429, { 'retry-after-ms': '60' }) : json(answer('back'))),
      b: () => ({ ...error(429, { 'retry-after': '20' }), body: [() => wait(300), '{"error": {"message": "no"}}'] }),
    }
    expect((await call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {})).heard).toBe('back')
    expect(asked()).toEqual(['a', 'b', 'a'])
  })

  test('tells clients not to repeat the call by themselves if the wait is longer than they wait', async () => {
    const { call } = createCaller()
    scripts = { a: () => error(402), b: () => error(401) }
    await expect(call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {})).rejects.toMatchObject({
      code: 'upstream_unavailable',
      options: { headers: { 'retry-after': '900', 'x-should-retry': 'false' } },
    })
  })
})

test('a conversation stays with one key, and returns to it after a rest (R81)', async () => {
  const { call } = createCaller()
  const route = routeOver(
    ...(['a', 'b', 'c'].map((apiKey) => targetAt(provider.url, { name: apiKey, apiKey })) as [Target, ...Target[]]),
  )
  const say = (...turns: string[]) => call(route, { messages: turns.map((content) => ({ role: 'user', content })) })
  await say('one')
  const [first = ''] = asked()
  await say('one', 'two')
  scripts = { [first]: () => error(429, { 'retry-after-ms': '50', 'retry-after': '1' }) }
  await say('one', 'two', 'three')
  scripts = {}
  await new Promise((resolve) => setTimeout(resolve, 60))
  await say('one', 'two', 'three', 'four')
  const [, , , other] = asked()
  expect(asked()).toEqual([first, first, first, other, first])
  expect(other).not.toBe(first)
})

describe('a target with max_concurrency', () => {
  /** Counts the running requests of each target by its key, as the store of the limits does. */
  const createPlaces = () => {
    const running = new Map<string, number>()
    const most = new Map<string, number>()
    const acquire: TargetsOptions['acquire'] = ({ apiKey = '' }, max) => {
      const count = (running.get(apiKey) ?? 0) + 1
      if (count > max) return Promise.resolve(undefined)
      running.set(apiKey, count)
      most.set(apiKey, Math.max(count, most.get(apiKey) ?? 0))
      return Promise.resolve(() => Promise.resolve(void running.set(apiKey, (running.get(apiKey) ?? 0) - 1)))
    }
    return { running, most, acquire }
  }

  test('gets no more requests at a time; the others go to the next target', async () => {
    const { most, running, acquire } = createPlaces()
    const { call } = createCaller({}, { acquire })
    let open = (): void => undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    scripts = { a: () => ({ ...json(''), body: [opened, JSON.stringify(answer('from a'))] }) }
    const route = inOrder({ apiKey: 'a', maxConcurrency: 2 }, { apiKey: 'b', maxConcurrency: 5 })
    const calls = Array.from({ length: 6 }, () => call(route, {}))
    while (asked().length < 6) await new Promise((resolve) => setTimeout(resolve, 5))
    open()
    expect((await Promise.all(calls)).map(({ heard }) => heard).sort()).toEqual([
      ...['from a', 'from a', 'from b', 'from b', 'from b', 'from b'],
    ])
    expect(most.get('a')).toBe(2)
    expect([...running.values()]).toEqual([0, 0])
  })

  test('gets the requests of one call one at a time, because the call has one place', async () => {
    const { call } = createCaller()
    let running = 0
    let most = 0
    const respond = async (): Promise<void> => {
      await wait(20)
      running -= 1
    }
    scripts = {
      a: () => {
        most = Math.max(most, ++running)
        return { ...json(''), body: [respond, JSON.stringify(answer('x'))] }
      },
    }
    const route = inOrder({ apiKey: 'a', maxConcurrency: 1, completionsMode: 'chat' })
    expect((await call(route, { prompt: ['1', '2', '3', '4', '5'] }, { operation: 'completions' })).heard).toBe('xxxxx')
    expect(most).toBe(1)
  })

  test('is waited for a moment, because it may have the prompt in its cache', async () => {
    const { running, acquire } = createPlaces()
    const { call } = createCaller({}, { acquire })
    running.set('a', 1)
    setTimeout(() => running.set('a', 0), 60)
    const route = inOrder({ apiKey: 'a', maxConcurrency: 1 }, { apiKey: 'b' })
    expect((await call(route, {})).heard).toBe('from a')
  })

  test.each([1, 2])('is not called for a client that left during the wait for a place of one of %i', async (count) => {
    const client = new AbortController()
    const { running, acquire: takePlace } = createPlaces()
    // A place is free as soon as the client has left.
    const acquire: TargetsOptions['acquire'] = async (target, max) => {
      const release = client.signal.aborted ? await takePlace(target, max) : undefined
      client.abort()
      return release
    }
    const { call } = createCaller({}, { acquire })
    const targets = ['a', 'b'].slice(0, count).map((apiKey) => ({ apiKey, maxConcurrency: 1 }))
    const { signal } = new AbortController()
    const calling = call(inOrder(...targets), {}, { signal, clientSignal: client.signal })
    await expect(calling).rejects.toMatchObject({ code: 'client_gone' })
    expect(asked()).toEqual([])
    expect([...running.values()].every((count) => count === 0)).toBe(true)
  })

  test.each([1, 2])('makes the call fail with 503 if the places of all %i targets are taken', async (count) => {
    const { call } = createCaller({}, { acquire: () => Promise.resolve(undefined) })
    const targets = ['a', 'b'].slice(0, count).map((apiKey) => ({ apiKey, maxConcurrency: 1 }))
    await expect(call(inOrder(...targets), {})).rejects.toMatchObject({
      status: 503,
      code: 'upstream_unavailable',
      options: { headers: { 'retry-after': '1' } },
    })
    expect(asked()).toEqual([])
  })

  test.each([
    ['its stream ends', { stream: true }, () => sse(chunk('x', 'stop'), 'data: [DONE]\n\n')],
    ['its stream breaks off', { stream: true }, () => sse(chunk('x'), 'cut')],
    ['it fails', {}, () => error(400)],
    ['it responds', {}, () => json(answer('x'))],
  ])('gives the place back when %s', async (_, body, script) => {
    for (const others of [[], [{ apiKey: 'b', maxConcurrency: 1 }]]) {
      const { running, acquire } = createPlaces()
      const { call } = createCaller({}, { acquire })
      scripts = { a: script }
      await call(inOrder({ apiKey: 'a', maxConcurrency: 1 }, ...others), body).catch(() => undefined)
      expect(running.get('a')).toBe(0)
    }
  })

  test('keeps its places while it rests: a rest leaves the count of running requests alone', async () => {
    const { running, acquire } = createPlaces()
    const { call } = createCaller({}, { acquire })
    running.set('a', 2)
    scripts = { a: () => error(429, { 'retry-after-ms': '50', 'retry-after': '1' }) }
    const route = inOrder({ apiKey: 'a', maxConcurrency: 3 }, { apiKey: 'b' })
    await call(route, {})
    expect(running.get('a')).toBe(2)
    running.set('a', 3)
    scripts = {}
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await call(route, {})).heard).toBe('from b')
  })

  test('gives the place back if the response is not used', async () => {
    const { running, acquire } = createPlaces()
    const provider = createProvider(
      timeouts,
      { allowPrivate: true },
      makeTargetsOptions({ acquire }),
      createTextExchange,
    )
    const stop = new AbortController()
    scripts = { a: () => sse(chunk('x'), 'hang') }
    const parsed = parseCall(
      'chat/completions',
      Buffer.from('{"model":"m","stream":true,"messages":[{"role":"user"}]}'),
    )
    await provider(inOrder({ apiKey: 'a', maxConcurrency: 1 }), parsed, makeCallOptions({ signal: stop.signal }))
    expect(running.get('a')).toBe(1)
    stop.abort()
    expect(running.get('a')).toBe(0)
  })

  test('repeats nothing elsewhere than before if it is alone: one careful repeat', async () => {
    const { call } = createCaller()
    scripts = { a: () => (asked().length === 1 ? error(503, { 'retry-after': '0' }) : json(answer('again'))) }
    expect((await call(inOrder({ apiKey: 'a', maxConcurrency: 1 }), {})).heard).toBe('again')
  })
})

describe('instances that share a store', () => {
  const createStore = () => {
    const rests: Rest[] = []
    return { rests, readRests: async () => rests, addRest: async (rest: Rest) => void rests.push(rest) }
  }

  test('tell each other about rests', async () => {
    const store = createStore()
    const [one, other] = [createCaller({}, store), createCaller({}, store)]
    scripts = { a: () => error(429, { 'retry-after': '30' }) }
    const route = inOrder({ apiKey: 'a' }, { apiKey: 'b' })
    await one.call(route, {})
    expect(store.rests).toMatchObject([{ id: getTargetId(route.targets[0]), reason: 'rate' }])
    await other.call(route, { messages: [{ role: 'user', content: 'the first call reads the store' }] })
    await other.call(route, {})
    expect(asked().filter((key) => key === 'a').length).toBeLessThanOrEqual(2)
    expect(asked().at(-1)).toBe('b')
  })

  test('work on their own while the store fails', async () => {
    const fail = () => Promise.reject(new Error('the store is down'))
    const { call } = createCaller({}, { readRests: fail, addRest: fail })
    scripts = { a: () => error(429, { 'retry-after': '30' }) }
    expect((await call(inOrder({ apiKey: 'a' }, { apiKey: 'b' }), {})).heard).toBe('from b')
  })
})
