import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { accumulateResponse } from 'openai/lib/responses/ResponseAccumulator'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { createReply } from '../../../shared/wires/responses/reply.ts'
import { fixedOptions, readEvents, usage } from './golden.ts'

/** What a model makes, in its order. */
type Made = { readonly kind: 'reasoning_content' | 'content' | 'refusal'; readonly text: string } | MadeCall

interface MadeCall {
  readonly kind: 'call'
  readonly name: string
  readonly json: string
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })

const made: fc.Arbitrary<Made> = fc.oneof(
  fc.record({ kind: fc.constantFrom('reasoning_content', 'content', 'refusal'), text }),
  fc.record({
    kind: fc.constant('call' as const),
    name: fc.constantFrom('ls', 'patch', 'mcp__fs__read', 'apply_patch', 'unknown'),
    json: fc
      .dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
      .map((fields) => JSON.stringify(fields)),
  }),
)

/** Cuts a text at places from 0 to 1. */
const cut = (whole: string, places: readonly number[]): string[] => {
  const ends = [...places.map((place) => Math.floor(place * whole.length)), whole.length].sort((a, b) => a - b)
  return ends.map((end, index) => whole.slice(index === 0 ? 0 : ends[index - 1], end)).filter((piece) => piece !== '')
}

/** The deltas of what a model makes. */
const toDeltas = (parts: readonly Made[], places: readonly number[]): JsonObject[] => {
  let calls = 0
  return parts.flatMap((part): JsonObject[] => {
    if (part.kind !== 'call') return cut(part.text, places).map((piece) => ({ [part.kind]: piece }))
    const index = calls++
    return cut(part.json, places).map((piece, position) => {
      const named = position === 0 ? { id: `call_${index}`, type: 'function' } : {}
      const called = { ...(position === 0 && { name: part.name }), arguments: piece }
      return { tool_calls: [{ index, ...named, function: called }] }
    })
  })
}

const play = (deltas: readonly JsonObject[]): JsonObject[] => {
  const writer = createReply(fixedOptions).createStream()
  const chunks = deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }))
  const end = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
  return readEvents([...chunks, end].map((chunk) => writer.write(chunk)).join('') + writer.end(usage, {}))
}

const getOutput = (events: readonly JsonObject[]): JsonObject[] => {
  const { response } = events.at(-1) as { response: { output: JsonObject[] } }
  return response.output
}

/** Follows the items as Codex does: one is open at a time, and the events between are its own. Returns the done items. */
const followItems = (events: readonly JsonObject[]): unknown[] => {
  const done: unknown[] = []
  let open: unknown
  for (const { type, item, item_id: id, output_index: index } of events) {
    const ownId = id ?? (item as JsonObject | undefined)?.['id']
    if (type === 'response.output_item.added') {
      expect([open, index]).toEqual([undefined, done.length])
      open = ownId
    }
    if (index !== undefined) expect([ownId, index]).toEqual([open, done.length])
    if (type !== 'response.output_item.done') continue
    done.push(item)
    open = undefined
  }
  return done
}

/** The texts that the deltas of each part add up to, and those that its done event repeats. */
const followTexts = (events: readonly JsonObject[]): { readonly added: unknown[]; readonly repeated: unknown[] } => {
  const added: string[] = []
  const repeated: unknown[] = []
  let text = ''
  for (const { type, delta, ...fields } of events) {
    if (typeof delta === 'string') text += delta
    if (typeof type !== 'string' || !/(text|refusal|arguments|input)\.done$/.test(type)) continue
    added.push(text)
    repeated.push(fields['text'] ?? fields['refusal'] ?? fields['arguments'] ?? fields['input'])
    text = ''
  }
  return { added, repeated }
}

const expectFollowable = (events: readonly JsonObject[]): void => {
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
  expect(followItems(events)).toEqual(getOutput(events))
  const { added, repeated } = followTexts(events)
  expect(added).toEqual(repeated)
  const official = events.slice(0, -1) as unknown as ResponseStreamEvent[]
  const snapshot = official.reduce<Snapshot>((before, event) => accumulateResponse(event, before), undefined)
  expect(snapshot?.output).toEqual(getOutput(events))
}

type Snapshot = ReturnType<typeof accumulateResponse> | undefined

test('any cut of a stream gives the same items, and deltas that add up to them (R190)', () => {
  const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })
  fc.assert(
    fc.property(fc.array(made, { maxLength: 8 }), places, (parts, where) => {
      const whole = play(toDeltas(parts, []))
      const pieces = play(toDeltas(parts, where))
      expect(getOutput(pieces)).toEqual(getOutput(whole))
      for (const events of [whole, pieces]) expectFollowable(events)
    }),
    { numRuns: 100 },
  )
})

test('calls whose pieces are mixed give the same items as calls one after another', () => {
  const call = made.filter((part): part is MadeCall => part.kind === 'call')
  const order = fc.array(fc.nat({ max: 3 }), { maxLength: 40 })
  fc.assert(
    fc.property(fc.array(call, { minLength: 2, maxLength: 4 }), order, (parts, turns) => {
      const queues = parts.map((part, index) =>
        toDeltas([part], [0.2, 0.5, 0.8]).map((delta) => ({
          tool_calls: [{ ...(delta['tool_calls'] as JsonObject[])[0], index }],
        })),
      )
      const firsts = queues.flatMap((queue) => queue.splice(0, 1))
      const mixed = turns.flatMap((turn) => queues[turn % queues.length]?.splice(0, 1) ?? [])
      const events = play([...firsts, ...mixed, ...queues.flat()])
      const made = getOutput(events).map(({ name, arguments: json, input, operation }) => [
        name,
        json ?? input ?? operation,
      ])
      const expected = getOutput(play(toDeltas(parts, []))).map(({ name, arguments: json, input, operation }) => [
        name,
        json ?? input ?? operation,
      ])
      expect(made).toEqual(expected)
      expectFollowable(events)
    }),
    { numRuns: 60 },
  )
})
