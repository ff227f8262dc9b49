import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MessageStream } from '../../../shared/wires/messages/message-stream.ts'
import { type ReadMessage, readMessage } from '../../support/read-message.ts'

/** One thing that a chat's stream says. The pieces of tool calls name the call. */
type Said =
  | { readonly kind: 'thought'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly call: number; readonly text: string; readonly isFirst: boolean }

const facts = {
  model: 'm',
  stopSequences: [],
  toToolName: String,
  promptTokens: () => 1,
}

/** The delta of one or more things. Two texts in one delta are one. */
const toDelta = (said: readonly Said[]): object => {
  const delta: { reasoning_content?: string; content?: string; tool_calls?: object[] } = {}
  for (const one of said) {
    if (one.kind === 'thought') delta.reasoning_content = (delta.reasoning_content ?? '') + one.text
    else if (one.kind === 'text') delta.content = (delta.content ?? '') + one.text
    else {
      const { call: index, text, isFirst } = one
      const start = isFirst ? { id: `call_${index}`, type: 'function' } : {}
      const called = { ...(isFirst && { name: `tool_${index}` }), arguments: text }
      delta.tool_calls = [...(delta.tool_calls ?? []), { index, ...start, function: called }]
    }
  }
  return delta
}

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

const write = (deltas: readonly object[]): ReadMessage => {
  const stream = new MessageStream(facts)
  const choices = [
    ...deltas.map((delta) => ({ delta, finish_reason: null as string | null })),
    { delta: {}, finish_reason: 'stop' },
  ]
  const frames = choices.map((choice) => stream.write({ id: 'chatcmpl-1', choices: [{ index: 0, ...choice }] }))
  return readMessage(frames.join('') + stream.end(usage, {}))
}

const piece = fc.string({ minLength: 1, maxLength: 8 })

/** Parts of a stream, in their order: thoughts, texts, and the whole arguments of calls. */
const parts = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('thought' as const, 'text' as const), text: piece }),
    fc.record({ kind: fc.constant('call' as const), input: fc.dictionary(piece, fc.jsonValue(), { maxKeys: 3 }) }),
  ),
  { maxLength: 8 },
)

/** Cuts texts into pieces of the given lengths. */
const cut = (text: string, lengths: readonly number[]): string[] => {
  const pieces: string[] = []
  let rest = text
  for (const length of lengths) {
    pieces.push(rest.slice(0, length))
    rest = rest.slice(length)
  }
  return [...pieces, rest].filter((one) => one !== '')
}

const split = (
  given: readonly { kind: string; text?: string; input?: object }[],
  lengths: readonly number[],
): Said[] => {
  let call = 0
  return given.flatMap(({ kind, text = '', input }): Said[] => {
    if (kind !== 'call') return cut(text, lengths).map((one) => ({ kind: kind as 'text', text: one }))
    const index = call++
    return cut(JSON.stringify(input), lengths).map((one, position) => ({
      kind: 'call',
      call: index,
      text: one,
      isFirst: position === 0,
    }))
  })
}

/** Joins neighbours to one delta if its fields keep their order: a delta has its thoughts first, then text, then calls. */
const ranks = { thought: 0, text: 1, call: 2 }

const join = (said: readonly Said[], joins: readonly boolean[]): object[] => {
  const groups: Said[][] = []
  for (const [index, one] of said.entries()) {
    const last = groups.at(-1)
    const before = last?.at(-1)
    if (last && before && ranks[before.kind] <= ranks[one.kind] && joins[index % joins.length]) last.push(one)
    else groups.push([one])
  }
  return groups.map(toDelta)
}

const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 })
const joins = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 })

describe('the blocks of a stream', () => {
  test('are the same however the provider cuts and joins its chunks, and are what it said (R180)', () => {
    fc.assert(
      fc.property(parts, lengths, joins, (given, sizes, joined) => {
        const { blocks, complete } = write(join(split(given, sizes), joined))
        expect(complete).toBe(true)
        expect(blocks).toEqual(write(join(split(given, []), [false])).blocks)
        const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => text)
        expect(texts.join('')).toBe(given.map((one) => (one.kind === 'text' ? one.text : '')).join(''))
        const inputs = blocks.filter(({ type }) => type === 'tool_use').map(({ text }) => JSON.parse(text) as unknown)
        expect(inputs).toEqual(
          given.flatMap((one) => (one.kind === 'call' ? [JSON.parse(JSON.stringify(one.input))] : [])),
        )
      }),
    )
  })

  test('follow one another although the pieces of calls run side by side', () => {
    const inputs = fc.array(fc.dictionary(piece, fc.jsonValue(), { maxKeys: 3 }), { minLength: 2, maxLength: 4 })
    fc.assert(
      fc.property(inputs, lengths, fc.array(fc.nat(), { minLength: 1 }), (given, sizes, picks) => {
        const queues = given.map((input, index) =>
          split([{ kind: 'call', input }], sizes).map((one) => ({ ...one, call: index })),
        )
        const mixed: Said[] = []
        for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
          const left = queues.filter((queue) => queue.length > 0)
          const next = left[(picks[turn % picks.length] ?? 0) % left.length]?.shift()
          if (next) mixed.push(next)
        }
        const { blocks } = write(mixed.map((one) => toDelta([one])))
        const read = blocks.map(({ name, text }) => [name, JSON.parse(text) as unknown])
        expect(new Map(read as [string, unknown][])).toEqual(
          new Map(given.map((input, index) => [`tool_${index}`, JSON.parse(JSON.stringify(input))])),
        )
        expect(read).toHaveLength(given.length)
      }),
    )
  })
})

test('the input of a call whose arguments are no object is empty, and no stream of it breaks', () => {
  const call = (index: number, text: string) => ({
    tool_calls: [{ index, id: `call_${index}`, function: { name: 'f', arguments: text } }],
  })
  const { blocks } = write([call(0, 'a=1'), call(1, ' {"a":1}')])
  expect(blocks.map(({ type, text }) => [type, text])).toEqual([
    ['tool_use', ''],
    ['tool_use', ' {"a":1}'],
  ])
})

test('the input of a call is its arguments alone, although its provider has them under another name, too', () => {
  const called = { name: 'f', arguments: '{"a":1}', input: '{"a":1}' }
  const { blocks } = write([{ tool_calls: [{ index: 0, id: 'call_0', function: called }] }])
  expect(blocks.map(({ text }) => text)).toEqual(['{"a":1}'])
})
