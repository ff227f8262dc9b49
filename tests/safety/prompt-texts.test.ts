import { describe, expect, test } from '@jest/globals'
import { readPromptTexts } from '../../shared/safety/prompt-texts.ts'
import { WordScanner } from '../../shared/safety/words/word-scanner.ts'
import { automatonFor } from '../support/automaton-for.ts'

const automaton = automatonFor(['坏词', 'qwz', '8964'])

/** The place of the first listed word in a request; otherwise what no check of text sees. */
const find = (body: Record<string, unknown>): string | undefined => {
  const { text, findField, unseen } = readPromptTexts(body)
  const found = new WordScanner(automaton).push(text)
  return found ? findField(found.at) : `unseen: ${unseen}`
}

const say = (content: unknown) => ({ messages: [{ role: 'user', content }] })
const call = (args: string) => ({
  messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: args } }] }],
})
const file = (data: string) => say([{ type: 'file', file: { file_data: data } }])
const source = (fields: object) => say([{ type: 'document', source: fields }])
const toBase64 = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('base64')
const long = 'a_qwz_'.repeat(100)

describe('a text that looks like a file is read as a text', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a message with the head of a data URL', say('data:image/png,说 坏词'), 'messages.0.content'],
    ['a message that claims to be base64', say('data:image/png;base64,qwz'), 'messages.0.content'],
    ['a message that claims to be a text file', say('data:text/plain;base64,坏词'), 'messages.0.content'],
    ['a message of one long word', say(`data:image/png;base64,${long}`), 'messages.0.content'],
    ['a prompt', { prompt: 'data:a/b,坏词' }, 'prompt'],
    ['a query', { query: 'data:a/b,坏词', documents: ['a'] }, 'query'],
    ['a document', { query: 'q', documents: ['data:a/b,坏词'] }, 'documents.0'],
    ['instructions', { input: 'hi', instructions: 'data:a/b,坏词' }, 'instructions'],
    ['arguments', call('data:a/b,坏词'), 'messages.0.tool_calls.0.function.arguments'],
    [
      'the input of a tool',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', input: { data: long } }] }] },
      'messages.0.content.0.input.data',
    ],
    [
      'the picture of a tool’s schema',
      { tools: [{ function: { parameters: { image: 'data:a/b,坏词' } } }] },
      'tools.0.function.parameters.image',
    ],
    [
      'a picture that is not base64',
      say([{ type: 'image_url', image_url: { url: 'data:image/png;base64,坏词' } }]),
      'messages.0.content.0.image_url.url',
    ],
    ['a long text without blanks', source({ type: 'text', data: long }), 'messages.0.content.0.source.data'],
  ])('%s', (_, body, place) => {
    expect(find(body)).toBe(place)
  })
})

describe('a text file is decoded', () => {
  test.each<[string, Record<string, unknown>]>([
    ['in base64', file(`data:text/plain;base64,${toBase64('坏词')}`)],
    ['with blanks and capitals in its head', file(` data:TEXT/PLAIN ; base64 ,${toBase64('坏词')}`)],
    ['in base64 with line breaks', file(`data:text/plain;base64,${toBase64('坏词').replace(/(.{4})/g, '$1\n')}`)],
    [
      'in base64 with signs that decoders leave out',
      file(`data:text/plain;base64,${toBase64('坏词').replace(/(.{4})/g, '$1!')}`),
    ],
    ['in UTF-16', file(`data:text/plain;charset=utf-16le;base64,${toBase64('坏词', 'utf16le')}`)],
    ['in GBK', file('data:text/plain;charset=gbk;base64,u7W0yg==')],
    ['in percent signs, one of them broken', file('data:text/plain,%E5%9D%8F%E8%AF%8D%')],
  ])('%s', (_, body) => {
    expect(find(body)).toBe('messages.0.content.0.file.file_data')
  })

  test('if it has a field of its own', () => {
    const fields = { type: 'base64', media_type: 'text/plain', data: toBase64('坏词') }
    expect(find(source(fields))).toBe('messages.0.content.0.source.data')
  })
})

describe('a file is unseen, however short', () => {
  const picture = `data:image/png;base64,${toBase64('qwz')}`
  test.each<[string, Record<string, unknown>]>([
    ['a picture', say([{ type: 'image_url', image_url: { url: picture } }])],
    ['pictures of a film', say([{ type: 'video', video: [picture, picture] }])],
    ['a picture that a tool returned', { input: [{ type: 'computer_call_output', output: { image_url: picture } }] }],
    ['a recording', say([{ type: 'input_audio', input_audio: { data: `data:;base64,${toBase64('qwz')}` } }])],
    ['a file without a head', file(toBase64('qwz'))],
    ['a file of an unknown type', file(`data:application/octet-stream;base64,${toBase64('坏词')}`)],
    ['a file of an unknown charset', file(`data:text/plain;charset=nope;base64,${toBase64('坏词')}`)],
  ])('%s', (_, body) => {
    expect(find(body)).toBe('unseen: attachment')
  })
})

describe('what the model reads as one text is one text', () => {
  const parts = ['坏', '词'].map((text) => ({ type: 'text', text }))
  test.each<[string, Record<string, unknown>, string]>([
    ['the parts of a system prompt', { system: parts, messages: [] }, 'system.0.text'],
    [
      'the parts of a tool’s output',
      { input: [{ type: 'function_call_output', output: parts }] },
      'input.0.output.0.text',
    ],
    ['bare texts', say(['坏', '词']), 'messages.0.content.0'],
    ['a bare text and a part', say(['坏', parts[1]]), 'messages.0.content.0'],
    ['refusals', say(['坏', '词'].map((refusal) => ({ type: 'refusal', refusal }))), 'messages.0.content.0.refusal'],
  ])('%s', (_, body, place) => {
    expect(find(body)).toBe(place)
  })

  test.each<[string, Record<string, unknown>]>([
    ['several prompts', { prompt: ['坏', '词'] }],
    ['several documents', { query: 'q', documents: parts }],
    ['texts of vectors', { input: ['坏', '词'] }],
    ['stop words', { ...say('hi'), stop: ['坏', '词'] }],
  ])('%s are not', (_, body) => {
    expect(find(body)).toBe('unseen: undefined')
  })
})

test.each<[string, Record<string, unknown>, string]>([
  ['a role that no API has', { messages: [{ role: 'qwz', content: 'hi' }] }, 'messages.0.role'],
  ['escapes in arguments', call('{"a":"\\u574f\\u8bcd"}'), 'messages.0.tool_calls.0.function.arguments'],
  [
    'escapes in the result of a tool',
    { messages: [{ role: 'tool', content: '"\\u574f\\u8BCD"' }] },
    'messages.0.content',
  ],
  [
    'a number in a schema',
    { tools: [{ function: { parameters: { enum: [8964] } } }] },
    'tools.0.function.parameters.enum.0',
  ],
  [
    'a number in an earlier call',
    { messages: [{ role: 'assistant', content: [{ type: 'tool_use', input: { a: 8964 } }] }] },
    'messages.0.content.0.input.a',
  ],
  [
    'a name in an earlier call of a function',
    { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: { 坏词: 1 } } }] },
    'messages.0.function_call.arguments',
  ],
  ['a word with controls in it', say('坏\u0001\u007f\ufff9词'), 'messages.0.content'],
])('sees %s', (_, body, place) => {
  expect(find(body)).toBe(place)
})
