import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { windowBounds } from '../../../shared/safety/answers/service-windows.ts'
import { chunkOf, runStage, type StageRun, serviceFor, settle } from './stage-run.ts'

/** The field of a delta, and how a piece of its text is written there. */
const fields = {
  content: (text: string) => ({ content: text }),
  reasoning: (text: string) => ({ reasoning_content: text }),
  refusal: (text: string) => ({ refusal: text }),
  arguments: (text: string) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] }),
} as const

type Field = keyof typeof fields

const cut = (text: string, sizes: readonly number[]): string[] => {
  const pieces: string[] = []
  let rest = text
  for (let count = 0; rest !== ''; count += 1) {
    const size = sizes[count % sizes.length] ?? 1
    pieces.push(rest.slice(0, size))
    rest = rest.slice(size)
  }
  return pieces
}

const stream = async (run: StageRun, pieces: readonly string[], field: Field = 'content'): Promise<void> => {
  for (const piece of pieces) {
    run.send(chunkOf(fields[field](piece)))
    await settle()
  }
}

const filler = '这是一段很普通的文字，讲的是天气和菜价。It is plain text. '

describe('an answer with a listed word', () => {
  const word = '禁止词语'
  const places = Array.from({ length: 24 }, (_, place) => place)
  const sizes = [1, 2, 3, 5, 7, 40]

  test.each(Object.keys(fields) as Field[])(
    'lets no character of it go, wherever it is and wherever chunks end, in %s (R114)',
    async (field) => {
      for (const place of places)
        for (const size of sizes) {
          const run = runStage({ list: [word, '禁止x', '止词y'] })
          const before = filler.slice(0, place)
          await stream(run, cut(`${before}${word}，后面还有${filler}`, [size]), field)
          await run.stage.finish()
          expect(before.startsWith(run.text())).toBe(true)
          expect(run.text().length).toBeGreaterThan(before.length - Math.max(size, 1))
          expect(run.reasons()).toEqual(['content_filter'])
          expect(run.counted()).toBe(run.text())
          expect(run.isStopped()).toBe(true)
          expect(run.verdicts).toEqual([{ kind: 'block', label: 'words', at: place, by: 'words' }])
        }
    },
  )

  test('also if it is written with unseen characters, or a character is cut in two', async () => {
    for (const text of ['禁\u200b止\u2060词语', '禁止😀词语'])
      for (const size of sizes) {
        const run = runStage({ list: ['禁止词语', '禁止😀词语'] })
        await stream(run, cut(`${text}！`, [size]))
        await run.stage.finish()
        expect(run.text()).toBe('')
        expect(run.reasons()).toEqual(['content_filter'])
      }
  })
})

describe('an answer that a service checks', () => {
  const word = '禁止的句子内容'

  test('lets no character of what it finds go, at every place around the edges of windows (R114)', async () => {
    const { most, sentence, tail } = windowBounds
    const text = 'a'.repeat(sentence - 10)
    const edges = [sentence, most, 2 * most, 2 * most - tail]
    const places = edges.flatMap((edge) => Array.from({ length: 10 }, (_, index) => edge - 8 + index))
    for (const place of places)
      for (const size of [3, 7, 64]) {
        const run = runStage({ service: serviceFor([word]) })
        const before = `${text}${'好'.repeat(10)}。${'b'.repeat(600)}`.slice(0, place)
        await stream(run, cut(`${before}${word}${'c'.repeat(400)}`, [size]))
        await run.stage.finish()
        expect(before.startsWith(run.text())).toBe(true)
        expect(run.text().length).toBeGreaterThanOrEqual(before.length - most - tail - size)
        expect(run.reasons()).toEqual(['content_filter'])
        expect(run.verdicts.at(-1)).toMatchObject({ kind: 'block', label: 'L', at: place, by: 'service' })
      }
  })

  test('holds nothing longer than the stated bounds, in characters and in time (R115)', async () => {
    const { most, tail, waitMs, tailMs } = windowBounds
    const run = runStage({ service: serviceFor([word]) })
    run.send(chunkOf({ content: '你好，世界' }))
    await run.clock.advance(waitMs - 1)
    expect(run.text()).toBe('')
    await run.clock.advance(1)
    await run.clock.advance(tailMs)
    expect(run.text()).toBe('你好，世界')
    let sent = run.text().length
    for (let count = 0; count < 200; count += 1) {
      run.send(chunkOf({ content: '字字字字字' }))
      sent += 5
      await settle()
      expect(sent - run.text().length).toBeLessThan(most + tail + 5)
    }
    await run.clock.advance(waitMs + tailMs)
    expect(run.text().length).toBe(sent)
  })

  test('is checked in one session, with what came before each window', async () => {
    const calls: string[] = []
    const run = runStage({ service: serviceFor([], calls) })
    const text = Array.from({ length: 900 }, (_, index) => String.fromCharCode(0x4e00 + index)).join('')
    await stream(run, cut(text, [50]))
    await run.stage.finish()
    expect(run.text()).toBe(text)
    for (const [index, call] of calls.entries()) {
      expect(text).toContain(call)
      expect(call.length).toBeLessThanOrEqual(windowBounds.most + windowBounds.overlap + 50)
      if (index > 0) expect(calls[index - 1]?.endsWith(call.slice(0, windowBounds.overlap))).toBe(true)
    }
  })

  test('goes on while a check is slow, and each piece waits for its own', async () => {
    let pass: (() => void) | undefined
    const check = () => new Promise<{ kind: 'pass' }>((resolve) => (pass = () => resolve({ kind: 'pass' })))
    const run = runStage({ service: { name: 'slow', maxLength: 2_000, check } })
    run.send(chunkOf({ content: 'a'.repeat(300) }))
    run.send(chunkOf({ content: 'b'.repeat(300) }))
    await settle()
    expect(run.text()).toBe('')
    pass?.()
    await settle()
    expect(run.text()).toBe('')
    pass?.()
    await settle()
    expect(run.text()).toBe('a'.repeat(300))
  })
})

test('an ordinary stream loses nothing, whatever its pieces, words and fields are, and keeps its order (R116)', async () => {
  const pieces = fc.array(
    fc.record({
      text: fc
        .array(fc.constantFrom('a', '禁', '止', '。', '\n', '😀', '\u200b'), { maxLength: 9 })
        .map((all) => all.join('')),
      field: fc.constantFrom<Field>('content', 'reasoning', 'arguments'),
      index: fc.nat(1),
    }),
    { maxLength: 25 },
  )
  await fc.assert(
    fc.asyncProperty(pieces, fc.boolean(), fc.boolean(), async (sent, isWhole, hasService) => {
      const run = runStage({
        list: ['禁止禁', 'aa禁'],
        isWhole,
        service: hasService ? serviceFor(['x']) : undefined,
        choices: 2,
      })
      const plain = sent.map((one) => ({ ...one, text: one.text.replaceAll('禁', '经') }))
      for (const { text, field, index } of plain) run.send(chunkOf(fields[field](text), { index }))
      for (const index of [0, 1]) run.send(chunkOf({}, { index, end: 'stop' }))
      await run.stage.finish()
      for (const index of [0, 1])
        expect(run.text(index)).toBe(
          plain
            .filter((one) => one.index === index)
            .map(({ text }) => text)
            .join(''),
        )
      expect(run.reasons()).toEqual(['stop', 'stop'])
      expect(run.verdicts.every(({ kind }) => kind === 'pass')).toBe(true)
    }),
    { numRuns: 200 },
  )
})

describe('several choices', () => {
  test('are blocked each on its own, and the provider goes on for the others', async () => {
    const run = runStage({ list: ['bad'], choices: 2 })
    run.send(
      chunkOf({ content: 'fine' }),
      chunkOf({ content: 'ba' }, { index: 1 }),
      chunkOf({ content: 'd' }, { index: 1 }),
    )
    run.send(chunkOf({ content: ' more' }), chunkOf({ content: 'no' }, { index: 1 }), chunkOf({}, { end: 'stop' }))
    await run.stage.finish()
    expect([run.text(0), run.text(1)]).toEqual(['fine more', ''])
    expect(run.reasons()).toEqual(['content_filter', 'stop'])
    expect(run.isStopped()).toBe(false)
  })

  test('are taken apart if they come in one chunk', async () => {
    const run = runStage({ list: ['bad'], choices: 2 })
    const choice = (index: number, content: string) => ({ index, delta: { content }, finish_reason: null })
    run.send({ id: '1', choices: [choice(0, 'good'), choice(1, 'a bad one')] })
    await run.stage.finish()
    expect([run.text(0), run.text(1)]).toEqual(['good', ''])
  })
})

test('a whole answer is held until it has ended, and comments keep the connection', async () => {
  const run = runStage({ list: ['bad'], isWhole: true })
  run.send(chunkOf({ content: 'all is ' }), chunkOf({ content: 'well' }))
  await settle()
  expect(run.text()).toBe('')
  run.send(chunkOf({}, { end: 'stop' }))
  await run.stage.finish()
  expect(run.text()).toBe('all is well')
})

test("the owner's sentence stands in for a choice of which nothing has gone out", async () => {
  const run = runStage({ list: ['bad'], sentence: 'Sorry.' })
  run.send(chunkOf({ content: 'bad' }))
  await run.stage.finish()
  expect(run.text()).toBe('Sorry.')
  const later = runStage({ list: ['bad'], sentence: 'Sorry.' })
  later.send(chunkOf({ content: 'so ' }), chunkOf({ content: 'bad' }))
  await later.stage.finish()
  expect(later.text()).toBe('so ')
})

test('events that are clear go on byte for byte', async () => {
  const run = runStage({ list: ['bad'] })
  const chunk = { ...chunkOf({ content: 'x' }), custom: { a: [1] } }
  run.send(chunk)
  await run.stage.finish()
  expect(run.chunks()).toEqual([chunk])
})
