import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import {
  type Script,
  type ScriptedProvider,
  type Step,
  scriptedProvider,
  sse,
} from '../../../testing/stand-ins/provider.ts'
import { caller, createTestProvider, makeCallOptions, routeTo } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeEach(async () => {
  provider = await scriptedProvider(() => script)
})

afterEach(() => provider.close())

const chunk = (fields: object): string => `data: ${JSON.stringify({ id: 'c', choices: [], ...fields })}\n\n`
const textChunk = (content: string, reason: string | null): string =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason: reason }] })
const usage = { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 }

describe('a client that leaves', () => {
  /** Lets a client leave after some text. The rest of the response comes later. */
  const leaveBefore = async (text: string, ...rest: Step[]) => {
    const gone = new AbortController()
    const left = new Promise<void>((resolve) => gone.signal.addEventListener('abort', () => resolve()))
    script = sse(text, left, ...rest)
    const call = caller()(routeTo(provider.url), { stream: true }, { signal: gone.signal })
    while (provider.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    gone.abort()
    return (await call).end
  }

  test('bills by the usage if the client leaves after all text but before the usage (R22)', async () => {
    const end = await leaveBefore(textChunk('a', 'stop'), chunk({ usage }), 'hang')
    expect(end).toMatchObject({ outcome: 'client_gone', usage })
  })

  test('bills by the usage that is still to come, not by zeros that came with the text', async () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    const last = chunk({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }], usage: zeros })
    const end = await leaveBefore(last, chunk({ usage }), 'hang')
    expect(end).toMatchObject({ outcome: 'client_gone', usage })
  })

  test('stops waiting for a usage that does not come', async () => {
    const end = await leaveBefore(textChunk('a', 'stop'), 'hang')
    expect(end).toMatchObject({ outcome: 'client_gone', usage: undefined })
    await provider.requests[0]?.closed
  })

  test('closes the connection to the provider at once if the client leaves in the middle of the text', async () => {
    const end = await leaveBefore(textChunk('a', null), textChunk('b', 'stop'), chunk({ usage }))
    expect(end).toMatchObject({ outcome: 'client_gone', usage: undefined })
    await provider.requests[0]?.closed
  })
})

test('writes no keep-alive comments to a client that has left while it waits for the usage', async () => {
  script = sse(textChunk('a', 'stop'), 'hang')
  const gone = new AbortController()
  const call = createTestProvider()
  const parsed = parseCall('chat/completions', Buffer.from('{"model":"m","stream":true,"messages":[{"role":"user"}]}'))
  const options = makeCallOptions({ signal: gone.signal, keepAliveMs: 50 })
  const response = await call(routeTo(provider.url), parsed, options)
  if (response.kind !== 'stream') throw new TypeError('not a stream')
  const client = new PassThrough()
  const piping = response.pipeTo(client)
  let written = 0
  client.write = () => {
    written += 1
    return true
  }
  client.destroy()
  gone.abort()
  await piping
  expect(written).toBe(0)
})

describe('a stream that ends without [DONE]', () => {
  const choice = (index: number): string =>
    chunk({ choices: [{ index, delta: { content: 'a' }, finish_reason: 'stop' }] })

  test.each([
    ['one of two choices', { n: 2 }, {}, [choice(0)], 'upstream_cut'],
    ['two of two', { n: 2 }, {}, [choice(0), choice(1)], 'complete'],
    ['one, n null', { n: null }, {}, [choice(0)], 'complete'],
    ['one of two that the target asks for', {}, { defaultParams: { n: 2 } }, [choice(0)], 'upstream_cut'],
    ['one, if the target drops n', { n: 2 }, { dropParams: ['n'] }, [choice(0)], 'complete'],
  ] as [string, object, object, string[], string][])(
    'ends as complete only if every requested choice has finished: %s (R10)',
    async (_name, body, fields, events, outcome) => {
      script = sse(...events)
      const { end } = await caller()(routeTo(provider.url, fields), { stream: true, ...body })
      expect(end?.outcome).toBe(outcome)
    },
  )

  const texts = (...indexes: number[]): string[] =>
    indexes.map((index) => chunk({ choices: [{ index, text: 'a', finish_reason: 'stop' }] }))

  test.each([
    ['one of two prompts', { prompt: ['a', 'b'] }, texts(0), 'upstream_cut'],
    ['two of two prompts', { prompt: ['a', 'b'] }, texts(1, 0), 'complete'],
    ['three of two prompts of two choices each', { prompt: ['a', 'b'], n: 2 }, texts(0, 1, 2), 'upstream_cut'],
    ['one prompt of tokens', { prompt: [1, 2, 3] }, texts(0), 'complete'],
    ['one of two prompts of tokens', { prompt: [[1], [2, 3]] }, texts(0), 'upstream_cut'],
  ] as [string, object, string[], string][])(
    'expects the choices of every prompt: %s',
    async (_name, body, events, outcome) => {
      script = sse(...events)
      const { end } = await caller()(routeTo(provider.url), { stream: true, ...body }, { operation: 'completions' })
      expect(end?.outcome).toBe(outcome)
    },
  )
})
