import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  json,
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
  sse,
} from '../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../support/call-provider.ts'

const stop = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }] })}\n\n`
const refusal = json({ error: { message: "Unrecognized request argument: 'stream_options.x'" } }, 400)

let provider: ScriptedProvider
let script: (request: ReceivedRequest) => Script

beforeAll(async () => {
  provider = await scriptedProvider((request) => script(request))
})

beforeEach(() => {
  provider.requests.length = 0
})

afterAll(() => provider.close())

const optionsSent = () => provider.requests.map(({ body }) => body['stream_options'])

describe('a provider that refuses stream options', () => {
  test('is not asked for usage again after a call without it succeeded', async () => {
    script = ({ body }) => (body['stream_options'] ? refusal : sse(stop))
    const call = caller()
    const route = routeTo(provider.url)
    await call(route, { stream: true })
    await call(route, { stream: true })
    expect(optionsSent()).toEqual([{ include_usage: true }, undefined, undefined])
  })

  test.each([
    ['with and without include_usage', (options: object) => 'x' in options],
    ['only next to include_usage', (options: object) => 'x' in options && 'include_usage' in options],
  ])('is still asked for usage if the client’s own stream options caused the 400 (%s)', async (_name, refuses) => {
    script = ({ body }) => (refuses(body['stream_options'] as object) ? refusal : sse(stop))
    const call = caller()
    const route = routeTo(provider.url)
    await expect(call(route, { stream: true, stream_options: { x: 1 } })).rejects.toMatchObject({ status: 400 })
    await call(route, { stream: true })
    expect(optionsSent()).toEqual([{ x: 1, include_usage: true }, { include_usage: true }])
  })
})
