import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import { createProvider as providerRoom } from '../../../shared/providers/provider.ts'
import { type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { routeTo, timeouts } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
})

afterAll(() => provider.close())

const call = providerRoom(timeouts, { allowPrivate: true })

const event = (fields: object): string => `data: ${JSON.stringify({ id: 'c', ...fields })}\n\n`
const said = (delta: object, rest: object = {}): string => event({ choices: [{ index: 0, delta, ...rest }] })
const stop = said({}, { finish_reason: 'stop' })

/** What a whole call makes of events: the body for the client, and the usage that is billed. */
const wholeOf = async (...events: string[]) => {
  script = sse(...events, 'data: [DONE]\n\n')
  const parsed = parseCall('chat/completions', Buffer.from('{"model":"m","messages":[{"role":"user","content":"hi"}]}'))
  const answer = await call(routeTo(provider.url), parsed, {
    signal: new AbortController().signal,
    onText: () => undefined,
  })
  if (answer.kind !== 'whole') throw new TypeError('a stream')
  return { body: JSON.parse(answer.body), usage: answer.usage }
}

describe('the usage of an answer made of events', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 }
  const more = said({ content: 'b'.repeat(3_000) })
  const early = (fields: object, beside: object = {}): string =>
    event({ choices: [{ index: 0, delta: { content: 'a' }, ...beside }], ...fields })

  test.each([
    ['at the top', early({ usage })],
    ['beside a choice', early({}, { usage })],
    ['in x_groq', early({ x_groq: { id: 'g', usage } })],
  ])('is none where text came after it, %s, and the client is told none', async (_name, first) => {
    const answer = await wholeOf(first, more, stop)
    expect(answer.usage).toBeUndefined()
    expect(JSON.stringify(answer.body)).not.toContain('"usage"')
  })

  test.each([
    ['beside a choice', said({}, { finish_reason: 'stop', usage })],
    ['in x_groq', event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], x_groq: { usage } })],
    ['after all choices', `${stop}${event({ choices: [], usage })}`],
  ])('is what the end states, %s, and the client is told it at the top', async (_name, last) => {
    const answer = await wholeOf(said({ content: 'a' }), more, last)
    expect([answer.usage, answer.body.usage]).toEqual([usage, usage])
  })
})

describe('a tool call in an answer made of events', () => {
  const piece = (call: object): string => said({ tool_calls: [{ index: 0, ...call }] })
  const called = (fields: object, parameters: string) => ({
    ...fields,
    function: { name: 'look_up', arguments: parameters },
  })
  const names = { id: 'call_1', type: 'function' }

  test.each([
    ['named once', piece(called(names, '{"a"')), piece({ function: { arguments: ':1}' } })],
    ['named in every piece', piece(called(names, '{"a"')), piece(called(names, ':1}'))],
    [
      'with empty names from the second piece on',
      piece(called(names, '{"a"')),
      piece({ id: '', type: '', function: { name: '', arguments: ':1}' } }),
    ],
  ])('%s has its names once and its arguments whole', async (_name, ...pieces) => {
    const { body } = await wholeOf(...pieces, stop)
    expect(body.choices[0].message.tool_calls).toEqual([called(names, '{"a":1}')])
  })
})
