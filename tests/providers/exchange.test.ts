import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  json,
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
  sse,
} from '../stand-ins/provider.ts'
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
  test('is not asked for usage any more once it answers without', async () => {
    script = ({ body }) => (body['stream_options'] ? refusal : sse(stop))
    const call = caller()
    const route = routeTo(provider.url)
    await call(route, { stream: true })
    await call(route, { stream: true })
    expect(optionsSent()).toEqual([{ include_usage: true }, undefined, undefined])
  })

  test.each([
    ['and the repeat as well', (options: object) => 'x' in options],
    ['and takes them without usage', (options: object) => 'x' in options && 'include_usage' in options],
  ])('because of the client’s own options, %s, is still asked for usage by others', async (_name, refuses) => {
    script = ({ body }) => (refuses(body['stream_options'] as object) ? refusal : sse(stop))
    const call = caller()
    const route = routeTo(provider.url)
    await call(route, { stream: true, stream_options: { x: 1 } }).catch(() => undefined)
    await call(route, { stream: true })
    expect(optionsSent().at(-1)).toEqual({ include_usage: true })
  })
})
