import { describe, expect, test } from '@jest/globals'
import { checkWhole } from '../../../shared/safety/answers/check-whole.ts'
import { automatonFor } from '../../support/automaton-for.ts'
import { chunkOf, createTestClock, runStage, serviceFor, settle } from './stage-run.ts'

const word = '禁止词语'
const choice = (fields: object) => ({
  index: 0,
  delta: { content: 'ok' },
  logprobs: null,
  finish_reason: null,
  ...fields,
})
const chunk = (fields: object, more: object = {}) => ({ id: '1', model: 'm', ...more, choices: [choice(fields)] })
const token = { token: 'ok', logprob: -1, bytes: [1], top_logprobs: [{ token: word, logprob: -2 }] }

/** Places of a text beside the texts of a choice. */
const places: readonly (readonly [string, object, object])[] = [
  ['a field of the choice', { note: word }, {}],
  ['the text that stopped the model', { stop_reason: word }, {}],
  ['a completion beside a chat', { text: word }, {}],
  ['results of a search', {}, { web_search: [{ title: word }] }],
  ['a source', {}, { citations: [word] }],
  ['a token that the model did not choose', { logprobs: { content: [token] } }, {}],
  ['such a token in the form of completions', { logprobs: { top_logprobs: [{ ok: -1, [word]: -2 }] } }, {}],
]

describe('a listed word elsewhere in a chunk', () => {
  test.each(places)('does not go out in %s (R114)', async (_, fields, more) => {
    const run = runStage({ list: [word] })
    run.send(chunkOf({ content: 'good' }), chunk(fields, more))
    await run.stage.finish()
    expect(run.text()).toBe('good')
    expect(run.reasons()).toEqual(['content_filter'])
    expect(JSON.stringify([run.chunks(), run.stage.identity])).not.toMatch(/[禁止词语]/)
  })

  test.each(places)('does not go out in %s of a whole answer', async (_, fields, more) => {
    const { delta, ...rest } = choice(fields)
    const options = { words: automatonFor([word]), service: undefined, about: { sessionId: 's', userId: null } }
    const { fields: reply, isFiltered } = await checkWhole(
      { id: '1', ...more, choices: [{ ...rest, message: delta }], usage: { total_tokens: 1 } },
      { ...options, clock: createTestClock(), sentence: undefined, onVerdict: () => undefined },
    )
    expect(isFiltered).toBe(true)
    expect(reply).toMatchObject({
      usage: { total_tokens: 1 },
      choices: [{ finish_reason: 'content_filter', message: { content: null } }],
    })
    expect(JSON.stringify(reply)).not.toMatch(/[禁止词语]/)
  })

  test('is seen once if a provider repeats it in each chunk', async () => {
    const calls: string[] = []
    const run = runStage({ service: serviceFor([], calls) })
    for (const text of ['a', 'b', 'c']) run.send({ ...chunkOf({ content: text }), citations: ['one', 'two'] })
    await run.stage.finish()
    expect(run.text()).toBe('abc')
    expect(calls).toEqual(['one\ntwo', 'abc'])
  })
})

test('ids and times beside a choice are no text (R116)', async () => {
  const calls: string[] = []
  const run = runStage({ list: ['bad'], service: serviceFor([], calls) })
  for (const count of [1, 2])
    run.send({ ...chunkOf({ content: 'a' }), trace: `x-bad${count}`, created_at: `2026-01-01T00:00:0${count}Z` })
  await run.stage.finish()
  expect(run.text()).toBe('aa')
  expect(calls).toEqual(['aa'])
})

describe('a provider that writes a reason in each chunk', () => {
  test.each([0, 1])('gets no character of a word through, with a service: %s (R114)', async (hasService) => {
    const run = runStage(hasService ? { service: serviceFor([word]) } : { list: [word] })
    for (const text of ['好', '禁', '止', '词语']) {
      run.send(chunkOf({ content: text }, { end: 'stop' }))
      await settle()
    }
    await run.stage.finish()
    expect('好'.startsWith(run.text())).toBe(true)
    expect(run.reasons().at(-1)).toBe('content_filter')
  })
})

describe('a word that is written in escapes of JSON', () => {
  const written = '{"a":"\\u7981\\u6B62\\u8bcd\\u8bed"}'
  const pieceOf = (text: string) => chunkOf({ tool_calls: [{ index: 0, function: { arguments: text } }] })

  test('is found in arguments, wherever chunks end (R114)', async () => {
    for (let size = 1; size < written.length; size += 1) {
      const run = runStage({ list: [word] })
      for (let at = 0; at < written.length; at += size) run.send(pieceOf(written.slice(at, at + size)))
      await run.stage.finish()
      expect('{"a":"'.startsWith(run.text())).toBe(true)
      expect(run.reasons()).toEqual(['content_filter'])
    }
  })

  test('loses nothing if it is none, nor what only looks like an escape (R116)', async () => {
    for (const text of ['{"a":"\\u7981\\u6b62"}', 'C:\\users\\u7', '\\', '\\\\u12', '\\underline{x}'])
      for (const size of [1, 2, 3, 50]) {
        const run = runStage({ list: [word, 'u7bad'] })
        for (let at = 0; at < text.length; at += size) run.send(chunkOf({ content: text.slice(at, at + size) }))
        await run.stage.finish()
        expect(run.text()).toBe(text)
        expect(run.reasons()).toEqual([])
      }
  })
})

test('a completion that is a chat, too, is checked in both forms, ends as a completion, and counts once', async () => {
  const both = (text: string, delta: object) => ({ ...chunk({ text, delta }), object: 'text_completion' })
  for (const delta of [{}, undefined]) {
    const run = runStage({ list: [word] })
    for (const text of ['好', '禁止', '词语']) run.send(both(text, delta ?? { content: text }))
    await run.stage.finish()
    expect(run.chunks()).toMatchObject([
      { choices: [{ text: '好' }] },
      { choices: [{ text: '', finish_reason: 'content_filter' }] },
    ])
    expect(run.counted()).toBe('好')
  }
})

test('a picture in an answer is no text (R116)', async () => {
  const url = `data:image/png;base64,aa${'bad0'.repeat(9)}`
  const calls: string[] = []
  const run = runStage({ list: ['bad'], service: serviceFor([], calls) })
  const sent = chunkOf({ images: [{ type: 'image_url', image_url: { url } }] })
  run.send(sent)
  await run.stage.finish()
  expect(run.chunks()).toEqual([sent])
  expect(calls).toEqual([])
})
