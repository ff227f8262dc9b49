import { describe, expect, test } from '@jest/globals'
import { chatBody } from '../../bench/wire/prompt.ts'
import { createEvent, streamEnd, wholeResponse } from '../../bench/wire/responses.ts'
import { modelFor, parseScript, scripts } from '../../bench/wire/script.ts'
import { emptyTally, type StreamTally, StreamWatch } from '../../bench/wire/stream-watch.ts'

const watch = (pieces: readonly string[]): { tally: StreamTally; complete: boolean } => {
  const tally = emptyTally()
  const stream = new StreamWatch(tally)
  for (const piece of pieces) stream.take(Buffer.from(piece))
  return { tally, complete: stream.isComplete }
}

describe('StreamWatch', () => {
  test('accepts a stream with usage and [DONE] as complete, cut anywhere', () => {
    const text = createEvent(1) + streamEnd
    const cut = text.length - 20
    expect(watch([text]).complete).toBe(true)
    expect(watch([text.slice(0, cut), text.slice(cut)]).complete).toBe(true)
  })

  test.each([
    ['[DONE]', createEvent(1) + streamEnd.replace('data: [DONE]\n\n', '')],
    ['usage', createEvent(1) + streamEnd.replace('"total_tokens":74', '')],
  ])('rejects a stream without %s as incomplete', (_, text) => {
    expect(watch([text]).complete).toBe(false)
  })

  test('counts an event that arrives in two pieces as split, once', () => {
    const event = createEvent(1)
    const { tally } = watch([event.slice(0, 30), event.slice(30), event])
    expect(tally).toMatchObject({ split: 1, held: 0 })
    expect(tally.relayMs).toHaveLength(2)
  })

  test('counts an event that arrives only together with the next one as held back', () => {
    expect(watch([createEvent(1) + createEvent(2), createEvent(3)]).tally).toMatchObject({ split: 0, held: 1 })
  })
})

describe('the scripted upstream', () => {
  test.each(Object.entries(scripts))('finds the script %s in a body that names its model', (_, script) => {
    expect(parseScript(chatBody(modelFor(script), { stream: true }))).toEqual(script)
  })

  test('sends responses of the size that the report states', () => {
    expect(Buffer.byteLength(wholeResponse)).toBeGreaterThan(700)
    expect(Buffer.byteLength(wholeResponse)).toBeLessThan(900)
    expect(Buffer.byteLength(createEvent(1_700_000_000_000_000))).toBeLessThan(300)
  })

  test.each(['english', 'chinese'] as const)('creates prompts of the requested size in %s', (language) => {
    const body = chatBody('m', { stream: false, bytes: 1_000_000, language })
    expect(Math.abs(Buffer.byteLength(body) - 1_000_000)).toBeLessThan(50_000)
    expect(JSON.parse(body)).toMatchObject({ model: 'm', stream: false })
    expect(/[^ -~]/.test(body)).toBe(language === 'chinese')
  })
})
