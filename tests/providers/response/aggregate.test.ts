import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { createTestProvider, makeCallOptions, routeTo } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
})

afterAll(() => provider.close())

const call = createTestProvider()

const event = (fields: object): string => `data: ${JSON.stringify({ id: 'c', ...fields })}\n\n`
const choiceEvent = (delta: object, rest: object = {}): string => event({ choices: [{ index: 0, delta, ...rest }] })
const stop = choiceEvent({}, { finish_reason: 'stop' })

const noUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

const joinEvents = (...events: string[]) => readWhole(sse(...events, 'data: [DONE]\n\n'))

/** Responds to a call without stream. Returns the body for the client and the usage to bill. */
const readWhole = async (response: Script) => {
  script = response
  const parsed = parseCall('chat/completions', Buffer.from('{"model":"m","messages":[{"role":"user","content":"hi"}]}'))
  const reply = await call(routeTo(provider.url), parsed, makeCallOptions())
  if (reply.kind !== 'whole') throw new TypeError('a stream')
  return { body: JSON.parse(reply.toBody(noUsage)), usage: reply.usage }
}

describe('the usage of a response joined from events', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 }
  const more = choiceEvent({ content: 'b'.repeat(3_000) })
  const early = (fields: object, beside: object = {}): string =>
    event({ choices: [{ index: 0, delta: { content: 'a' }, ...beside }], ...fields })

  test.each([
    ['at the top', early({ usage })],
    ['beside a choice', early({}, { usage })],
    ['in x_groq', early({ x_groq: { id: 'g', usage } })],
  ])('drops a usage that text came after (%s)', async (_name, first) => {
    const response = await joinEvents(first, more, stop)
    expect(response.usage).toBeUndefined()
    expect(JSON.stringify(response.body)).not.toContain('"usage"')
  })

  test.each([
    ['beside a choice', choiceEvent({}, { finish_reason: 'stop', usage })],
    ['in x_groq', event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], x_groq: { usage } })],
    ['after all choices', `${stop}${event({ choices: [], usage })}`],
  ])('puts the usage of the end (%s) at the top', async (_name, last) => {
    const response = await joinEvents(choiceEvent({ content: 'a' }), more, last)
    expect([response.usage, response.body.usage]).toEqual([usage, usage])
  })
})

describe('a tool call in a response joined from events', () => {
  const piece = (call: object): string => choiceEvent({ tool_calls: [{ index: 0, ...call }] })
  const called = (fields: object, parameters: string) => ({
    ...fields,
    function: { name: 'look_up', arguments: parameters },
  })
  const names = { id: 'call_1', type: 'function' }

  test.each([
    ['sent once', piece(called(names, '{"a"')), piece({ function: { arguments: ':1}' } })],
    ['repeated in every piece', piece(called(names, '{"a"')), piece(called(names, ':1}'))],
    [
      'empty from the second piece on',
      piece(called(names, '{"a"')),
      piece({ id: '', type: '', function: { name: '', arguments: ':1}' } }),
    ],
  ])('joins the pieces of a tool call whose names are %s', async (_name, ...pieces) => {
    const { body } = await joinEvents(...pieces, stop)
    expect(body.choices[0].message.tool_calls).toEqual([called(names, '{"a":1}')])
  })
})

describe('the usage of a whole response', () => {
  const sendDocument = async (content: string, usage: object) => {
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
    return readWhole(json({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage }))
  }

  test.each([
    [
      'an output of 0 beside a long text',
      'word '.repeat(20),
      { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 },
    ],
    ['a negative count', 'a', { prompt_tokens: -1, completion_tokens: 2, total_tokens: 1 }],
  ])('is estimated if it states %s', async (_name, content, stated) => {
    const response = await sendDocument(content, stated)
    expect([response.usage, response.body.usage]).toEqual([undefined, { ...noUsage, estimated: true }])
  })

  test.each([
    ['zeros beside a long text', 'word '.repeat(20), noUsage, noUsage],
    [
      'a total of 0 beside tokens',
      'a',
      { prompt_tokens: 900, completion_tokens: 5_000, total_tokens: 0 },
      { prompt_tokens: 900, completion_tokens: 5_000, total_tokens: 5_900 },
    ],
  ])('is believed if it states %s (R18)', async (_name, content, stated, expected) => {
    const response = await sendDocument(content, stated)
    expect([response.usage, response.body.usage]).toEqual([expected, expected])
  })
})

const stated = { prompt_tokens: 30, completion_tokens: 2, total_tokens: 32 }

test.each([
  ['digits', { prompt_tokens: '30', completion_tokens: '2', total_tokens: '32' }, stated],
  ['names in camel case', { promptTokens: 30, completionTokens: 2, totalTokens: 32 }, stated],
  ["Anthropic's names in camel case", { inputTokens: '30', outputTokens: '2' }, stated],
  [
    'details in camel case',
    { promptTokens: 30, completionTokens: 2, totalTokens: 32, promptTokensDetails: { cachedTokens: '20' } },
    { ...stated, prompt_tokens_details: { cached_tokens: 20 } },
  ],
])('reads a usage of servers in Java: %s (R18)', async (_title, usage, expected) => {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }]
  const response = await readWhole(json({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage }))
  expect(response.usage).toMatchObject(expected)
  expect(response.body.usage).toMatchObject(expected)
})

test('joins the texts of a completion beside tool calls that are none', async () => {
  const odd = { index: 0, text: 'a', delta: { tool_calls: [null, 1, 'x'] }, finish_reason: 'stop' }
  script = sse(event({ choices: [odd] }), 'data: [DONE]\n\n')
  const parsed = parseCall('completions', Buffer.from('{"model":"m","prompt":"hi"}'))
  const reply = await call(routeTo(provider.url), parsed, makeCallOptions())
  expect(reply.kind === 'whole' && JSON.parse(reply.toBody(noUsage)).choices[0].text).toBe('a')
})
