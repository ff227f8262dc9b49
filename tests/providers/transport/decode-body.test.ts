import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { json, type Script, type ScriptedProvider, scriptedProvider } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
})

afterAll(() => provider.close())

const whole = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    { index: 0, message: { role: 'assistant', content: '你好', refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
})
const event = (content: string, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`
const events = [event('你'), event('好'), event('', 'stop')].join('')

const encoders = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZIP: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
}

const encoded = (encoding: string, bytes: Buffer, pieces = 1, status = 200): Script => {
  const size = Math.ceil(bytes.length / pieces)
  const body = Array.from({ length: pieces }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
  return { status, headers: { 'content-encoding': encoding }, body: body.filter(({ length }) => length > 0) }
}

const call = (stream: boolean) => caller()(routeTo(provider.url), { stream })

describe('a response that is compressed without being asked for', () => {
  test.each(Object.entries(encoders))('is read, whole and streamed: %s', async (encoding, compress) => {
    for (const pieces of [1, 7]) {
      script = encoded(encoding, compress(Buffer.from(whole)), pieces)
      expect((await call(false)).body).toBe(whole)
      script = encoded(encoding, compress(Buffer.from(events)), pieces)
      expect(await call(true)).toMatchObject({ heard: '你好', end: { outcome: 'complete' } })
    }
  })

  test('is read if deflate lacks its header, if it is compressed twice, or not at all', async () => {
    script = encoded('deflate', deflateRawSync(Buffer.from(whole)))
    expect((await call(false)).body).toBe(whole)
    script = encoded('br, gzip', gzipSync(brotliCompressSync(Buffer.from(whole))))
    expect((await call(false)).body).toBe(whole)
    script = encoded('gzip', Buffer.from(whole))
    expect((await call(false)).body).toBe(whole)
  })

  test('is judged if it is an error', async () => {
    script = encoded('gzip', gzipSync('{"error":{"message":"Insufficient Balance"}}'), 1, 400)
    await expect(call(true)).rejects.toMatchObject({ status: 503, code: 'upstream_quota' })
  })

  test.each(Object.entries(encoders))('is a cut response if it ends too early: %s', async (encoding, compress) => {
    const cut = compress(Buffer.from(whole)).subarray(0, 60)
    script = encoded(encoding, cut)
    await expect(call(false)).rejects.toMatchObject({ status: 502 })
    const long = Array.from({ length: 3000 }, (_, index) => event(`${index * 7919}`)).join('')
    const bytes = compress(Buffer.from(long + event('', 'stop')))
    script = encoded(encoding, bytes.subarray(0, bytes.length - 200), 9)
    const { end, heard } = await call(true)
    expect(end).toMatchObject({ outcome: 'upstream_cut', error: { status: 502 } })
    expect(heard.length).toBeGreaterThan(100)
  })

  test('is refused if more than 16 MiB come out of it', async () => {
    script = encoded('gzip', gzipSync(Buffer.alloc(17_000_000, ' ')))
    await expect(call(false)).rejects.toMatchObject({ status: 502, message: expect.stringContaining('too large') })
    await expect(call(true)).rejects.toMatchObject({ status: 502, message: expect.stringContaining('too large') })
    script = encoded('gzip', gzipSync(Buffer.from(event('word').repeat(120_000))))
    expect((await call(true)).end?.error?.message).toContain('too large')
  })

  test('is refused if its encoding is unknown', async () => {
    script = { ...json('{}'), headers: { 'content-encoding': 'zstd' } }
    const message = expect.stringContaining('as zstd')
    await expect(call(false)).rejects.toMatchObject({ status: 502, code: 'upstream_error', message })
  })

  test('closes the connection when the client leaves', async () => {
    provider.requests.length = 0
    const gone = new AbortController()
    const start = gzipSync(Buffer.from(events)).subarray(0, 20)
    script = { headers: { 'content-encoding': 'gzip' }, body: [start, 'hang'] }
    const calling = caller()(routeTo(provider.url), { stream: true }, { signal: gone.signal }).catch((e: unknown) => e)
    while (provider.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    gone.abort()
    expect(await calling).toMatchObject({ code: 'client_gone' })
    await provider.requests[0]?.closed
  })
})
