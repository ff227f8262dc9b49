import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'
import { type LocalGateway, startLocalGateway } from '../../scripts/local/local-gateway.ts'
import { requireFullRun } from '../../testing/servers/full-run.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { createMiniProgram, type MiniProgramOptions } from '../../testing/stand-ins/mini-program.ts'
import { type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { type ClientError, createGateway } from '../examples/load-gateway-client.ts'

const text = '你好，👋世界。'
const needed = ['llm-chat-completions', 'llm-models', 'llm-ticket']

let auth: CloudBaseAuth
let provider: ScriptedProvider
let gateway: LocalGateway

const chunk = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`

/** Streams the text; a prompt that says so makes the provider stop in the middle and wait for the client to leave. */
const answer = (prompt: string) => ({
  headers: { 'content-type': 'text/event-stream' },
  body: [
    ...[...text].map((content) => chunk({ content })),
    ...(prompt.includes('for ever')
      ? (['hang'] as const)
      : [
          chunk({}, { finish_reason: 'stop' }),
          'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":8,"total_tokens":11}}\n\n',
          'data: [DONE]\n\n',
        ]),
  ],
})

beforeAll(async () => {
  requireFullRun()
  auth = await startCloudBaseAuth()
  provider = await scriptedProvider((request) => answer(request.text))
  const entry = { provider: 'openai', api_base: `${provider.url}/v1`, api_key: 'sk-test-0123456789abcdef' }
  gateway = await startLocalGateway({
    distribution: resolve('dist/functions'),
    functions: functions.filter(({ name }) => needed.includes(name)),
    environment: {
      PATH: process.env['PATH'],
      ...auth.environment,
      TICKET_SECRET: 'the-ticket-secret-of-the-test-0123456789',
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      MODEL_PROVIDER_MAP: JSON.stringify({ m: entry }),
      MODEL_PROVIDER_MAP_FILE: '',
    },
    host: '127.0.0.1',
    port: 0,
    terminal: { out: () => undefined, error: () => undefined },
  })
}, 60_000)

afterAll(async () => {
  await gateway.close()
  await provider.close()
  await auth.close()
})

/** Calls a function as the platform does for a user of the mini program `wxapp1`. */
const callFunction = (name: string, openId: string): Promise<unknown> =>
  gateway.invoke(name, {}, { environment: JSON.stringify({ WX_OPENID: openId, WX_APPID: 'wxapp1' }) })

const openMiniProgram = (changed: Partial<MiniProgramOptions> = {}) =>
  createMiniProgram({ url: gateway.url, openId: 'oUser1', callFunction, ...changed })

type Outcome = { readonly answer?: object; readonly error?: ClientError }

const chat = (
  options: Parameters<typeof createGateway>[0],
  { prompt = '你好', model = 'm' }: { prompt?: string; model?: string } = {},
): Promise<Outcome> =>
  new Promise((resolve) => {
    createGateway({ env: 'env-1', ...options }).chat({
      model,
      messages: [{ role: 'user', content: prompt }],
      onDone: (whole) => resolve({ answer: whole }),
      onError: (error) => resolve({ error }),
    })
  })

const whole = { text, finishReason: 'stop', usage: { total_tokens: 11 } }

describe('a mini program', () => {
  test('streams by callHTTPFunction, byte by byte, as the user whom the platform knows', async () => {
    const { wx, calls, functionCalls } = openMiniProgram()
    expect(await chat({ wx })).toMatchObject({ answer: whole })
    expect(functionCalls).toEqual(['llm-ticket'])
    expect(calls.map(({ by, path }) => [by, path])).toEqual([['callHTTPFunction', '/v1/chat/completions']])
  })

  test('streams by wx.request on a device without callHTTPFunction, and reads whole replies on one without chunks', async () => {
    const { wx, calls } = openMiniProgram()
    expect(await chat({ wx, url: gateway.url, transport: 'request' })).toMatchObject({ answer: whole })
    expect(calls.map(({ by }) => by)).toEqual(['request'])
    const old = openMiniProgram({ base: 'without_chunks' })
    expect(await chat({ wx: old.wx, url: gateway.url })).toMatchObject({ answer: whole })
  })

  test('sends a conversation of more than 100 KB as bytes, which the gateway reads', async () => {
    const { wx, calls } = openMiniProgram()
    expect(await chat({ wx }, { prompt: '长'.repeat(50_000) })).toMatchObject({ answer: whole })
    expect(calls).toMatchObject([{ contentType: 'application/octet-stream', isBinary: true }])
    expect(provider.requests.at(-1)?.text).toContain('长'.repeat(50_000))
  })

  test('gets a new ticket unseen if the old one has been refused', async () => {
    const { wx, functionCalls, calls } = openMiniProgram()
    const tickets = [{ token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6InRpY2tldCtqd3QifQ.e30.AAAA', expires_in: 300 }]
    const getToken = (done: (error: unknown, result?: { token: string; expires_in: number }) => void): void => {
      const old = tickets.pop()
      if (old) done(undefined, old)
      else void callFunction('llm-ticket', 'oUser1').then((result) => done(undefined, result as typeof old))
    }
    expect(await chat({ wx, getToken })).toMatchObject({ answer: whole })
    expect(calls).toHaveLength(2)
    expect(functionCalls).toEqual([])
  })

  test('is told of an error with the gateway’s code', async () => {
    const { wx } = openMiniProgram()
    expect(await chat({ wx }, { model: 'unknown' })).toMatchObject({ error: { code: 'MODEL_NOT_FOUND', status: 404 } })
    expect(await chat({ wx: openMiniProgram({ openId: '' }).wx })).toMatchObject({
      error: { code: 'PERMISSION_DENIED' },
    })
  })

  test('stops the provider by abort', async () => {
    const { wx } = openMiniProgram()
    const sofar = await new Promise<string>((resolve) => {
      let seen = ''
      const task = createGateway({ wx }).chat({
        model: 'm',
        messages: [{ role: 'user', content: 'for ever' }],
        onText: (piece) => {
          seen += piece
          if (seen !== text) return
          task.abort()
          resolve(seen)
        },
      })
    })
    expect(sofar).toBe(text)
    await provider.requests.at(-1)?.closed
  })
})
