import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readAsClient } from '../../../testing/rig/read-as-client.ts'
import { type ScriptedProvider, type Step, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../../support/call-provider.ts'

/** Tool calls as providers really send them. Each list of deltas is one answer: a client must read the calls in it the
 *  same way from the stream, and from the whole response that is made of it. */

type Piece = Readonly<Record<string, unknown>>

let provider: ScriptedProvider
let steps: Step[]

beforeAll(async () => {
  provider = await scriptedProvider(() => sse(...steps))
})

afterAll(() => provider.close())

const call = caller()

const event = (delta: object, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`

const tools = ['get_time', 'get_weather'].map((name) => ({ type: 'function', function: { name } }))

/** Sends lists of pieces, one list a chunk, and returns the calls that the client reads, streamed and whole. */
const readCalls = async (chunks: readonly (readonly Piece[])[], body: object = { tools }) => {
  steps = [...chunks.map((pieces) => event({ tool_calls: pieces })), event({}, 'tool_calls'), 'data: [DONE]\n\n']
  const streamed = await call(routeTo(provider.url), { ...body, stream: true })
  const whole = JSON.parse((await call(routeTo(provider.url), body)).body)
  const [choice] = (await readAsClient(streamed.body)).choices
  const heard = JSON.parse(
    `[${streamed.body
      .split('\n\n')
      .flatMap((line) => line.slice(6) || [])
      .join(',')}]`,
  )
  const given = heard.flatMap(
    (chunk: { choices: [{ delta: { tool_calls?: object[] } }] }) => chunk.choices[0].delta.tool_calls ?? [],
  )
  return { streamed: choice?.message.tool_calls ?? [], whole: whole.choices[0].message.tool_calls ?? [], pieces: given }
}

const named = (id: unknown, name: string, text?: unknown): Piece => ({
  ...(id !== undefined && { id }),
  type: 'function',
  function: { name, ...(text !== undefined && { arguments: text }) },
})
const at = (index: unknown, piece: Piece): Piece => ({ index, ...piece })
const more = (text: string): Piece => ({ function: { arguments: text } })

const a = '{"a":1}'
const b = '{"b":2}'
/** Two calls, as the client must read them. */
const both = [
  ['get_weather', a],
  ['get_time', b],
]
const one = [['get_weather', a]]
/** Two calls of one tool. */
const twice = [
  ['get_weather', a],
  ['get_weather', b],
]

const answers: readonly (readonly [
  title: string,
  chunks: readonly (readonly Piece[])[],
  expected: readonly (readonly string[])[],
])[] = [
  [
    'in order',
    [[at(0, named('x', 'get_weather', ''))], [at(0, more(a))], [at(1, named('y', 'get_time', ''))], [at(1, more(b))]],
    both,
  ],
  ['all under index 0', [[at(0, named('x', 'get_weather', a))], [at(0, named('y', 'get_time', b))]], both],
  ['all under index 0, in one chunk', [[at(0, named('x', 'get_weather', a)), at(0, named('y', 'get_time', b))]], both],
  [
    'all under index 0, in pieces',
    [
      [at(0, named('x', 'get_weather', ''))],
      [at(0, more('{"a"'))],
      [at(0, more(':1}'))],
      [at(0, named('y', 'get_time', ''))],
      [at(0, more(b))],
    ],
    both,
  ],
  [
    'all under index 0, without ids',
    [[at(0, named(undefined, 'get_weather', a))], [at(0, named(undefined, 'get_time', b))]],
    both,
  ],
  ['from index 1 on', [[at(1, named('x', 'get_weather', a))], [at(2, named('y', 'get_time', b))]], both],
  [
    'with a gap',
    [[at(3, named('x', 'get_weather', ''))], [at(7, named('y', 'get_time', ''))], [at(3, more(a))], [at(7, more(b))]],
    both,
  ],
  ['with indexes as text', [[at('0', named('x', 'get_weather', a))], [at('1', named('y', 'get_time', b))]], both],
  [
    'interleaved',
    [
      [at(0, named('x', 'get_weather', '{"a"')), at(1, named('y', 'get_time', '{"b"'))],
      [at(1, more(':2}')), at(0, more(':1}'))],
    ],
    both,
  ],
  ['without index (Gemini)', [[named('x', 'get_weather', a), named('y', 'get_time', b)]], both],
  [
    'without index and ids, in one chunk',
    [[named(undefined, 'get_weather', a), named(undefined, 'get_time', b)]],
    both,
  ],
  [
    'without index and ids, in two chunks',
    [[named(undefined, 'get_weather', a)], [named(undefined, 'get_time', b)]],
    both,
  ],
  [
    'of the same tool, in one chunk',
    [[named(undefined, 'get_weather', a), named(undefined, 'get_weather', a)]],
    [
      ['get_weather', a],
      ['get_weather', a],
    ],
  ],
  [
    'under the same id',
    [[at(0, named('w', 'get_weather', a))], [at(1, named('w', 'get_weather', b))]],
    [
      ['get_weather', a],
      ['get_weather', b],
    ],
  ],
  ['with numbers for ids', [[at(0, named(7, 'get_weather', a))], [at(1, named(8, 'get_time', b))]], both],
  ['with empty ids', [[at(0, named('', 'get_weather', a))], [at(1, named('', 'get_time', b))]], both],
  ['with ids that come late', [[at(0, named(undefined, 'get_weather', ''))], [{ index: 0, id: 'x', ...more(a) }]], one],
  [
    'with a new id in each piece (older vLLM)',
    [
      [at(0, named('x', 'get_weather', ''))],
      [{ index: 0, id: 'y', ...more('{"a"') }],
      [{ index: 0, id: 'z', ...more(':1}') }],
    ],
    one,
  ],
  [
    'with id, type and name in each piece',
    [[at(0, named('x', 'get_weather', '{"a"'))], [at(0, named('x', 'get_weather', ':1}'))]],
    one,
  ],
  [
    'with a name in each piece, without ids',
    [[at(0, named(undefined, 'get_weather', '{"a"'))], [at(0, named(undefined, 'get_weather', ':1}'))]],
    one,
  ],
  [
    'with empty names in later pieces',
    [
      [at(0, named('x', 'get_weather', '{"a"'))],
      [{ index: 0, id: '', type: '', function: { name: '', arguments: ':1}' } }],
    ],
    one,
  ],
  [
    'with null names in later pieces',
    [
      [at(0, named('x', 'get_weather', '{"a"'))],
      [{ index: 0, id: null, type: null, function: { name: null, arguments: ':1}' } }],
    ],
    one,
  ],
  [
    'with a name in pieces',
    [[at(0, named('x', 'get_', ''))], [{ index: 0, function: { name: 'weather' } }], [at(0, more(a))]],
    one,
  ],
  ['with a name that grows', [[at(0, named('x', 'get_'))], [at(0, named('x', 'get_weather'))], [at(0, more(a))]], one],
  [
    'with a name that comes late',
    [
      [{ index: 0, id: 'x', type: 'function', function: { name: '', arguments: '' } }],
      [{ index: 0, function: { name: 'get_weather' } }],
      [at(0, more(a))],
    ],
    one,
  ],
  [
    'with a name after the arguments',
    [[{ index: 0, id: 'x', function: { arguments: a } }], [{ index: 0, function: { name: 'get_weather' } }]],
    one,
  ],
  ['with arguments as an object', [[at(0, named('x', 'get_weather', { a: 1 }))]], one],
  [
    'with arguments under another name (Cohere)',
    [[{ index: 0, id: 'x', function: { name: 'get_weather', parameters: { a: 1 } } }]],
    one,
  ],
  [
    'with arguments under another name (Gemini)',
    [[{ index: 0, id: 'x', function: { name: 'get_weather', args: { a: 1 } } }]],
    one,
  ],
  ['with arguments as a list of texts', [[at(0, named('x', 'get_weather', ['{"a"', ':1}']))]], one],
  ['with arguments in a block of Markdown', [[at(0, named('x', 'get_weather', `\`\`\`json\n${a}\n\`\`\``))]], one],
  [
    'with arguments in a block of Markdown, in pieces',
    [[at(0, named('x', 'get_weather', '```json\n'))], [at(0, more(a))], [at(0, more('\n```'))]],
    one,
  ],
  ['with a number for arguments', [[at(0, named('x', 'get_weather', 5))]], [['get_weather', '{}']]],
  ['with a number as text for arguments', [[at(0, named('x', 'get_weather', '5'))]], [['get_weather', '{}']]],
  ['with `true` as text for arguments', [[at(0, named('x', 'get_weather', 'true'))]], [['get_weather', '{}']]],
  ['with a type of its own', [[{ index: 0, id: 'x', type: 'tool_use', name: 'get_weather', input: { a: 1 } }]], one],
  ['without the inner object', [[{ index: 0, id: 'x', name: 'get_weather', arguments: a }]], one],
  ['without type', [[{ index: 0, id: 'x', function: { name: 'get_weather', arguments: a } }]], one],
  ['without arguments', [[at(0, named('x', 'get_weather'))]], [['get_weather', '{}']]],
  ['with empty arguments', [[at(0, named('x', 'get_weather', ''))], [at(0, more(''))]], [['get_weather', '{}']]],
  ['with an empty object for arguments', [[at(0, named('x', 'get_weather', {}))]], [['get_weather', '{}']]],
  [
    'with an empty object before the arguments (Anthropic)',
    [[at(0, named('x', 'get_weather', {}))], [at(0, more('{"a"'))], [at(0, more(':1}'))]],
    one,
  ],
  [
    'with `{}` before the arguments',
    [[at(0, named('x', 'get_weather', '{}'))], [at(0, named('x', 'get_weather', a))]],
    one,
  ],
  ['with `{}` before the arguments in one piece', [[at(0, named('x', 'get_weather', `{}${a}`))]], one],
  ['with arguments twice in one piece', [[at(0, named('x', 'get_weather', a + a))]], one],
  [
    'with an empty object as a part of the arguments',
    [[at(0, named('x', 'get_weather', '{"a":'))], [at(0, more('{}'))], [at(0, more('}'))]],
    [['get_weather', '{"a":{}}']],
  ],
  [
    'with empty objects, in one chunk',
    [[at(0, named('x', 'get_weather', '{}')), at(1, named('y', 'get_time', b))]],
    [
      ['get_weather', '{}'],
      ['get_time', b],
    ],
  ],
  [
    'with empty objects, at one index',
    [[at(0, named('x', 'get_weather', '{}'))], [at(0, named('y', 'get_time', '{}'))]],
    [
      ['get_weather', '{}'],
      ['get_time', '{}'],
    ],
  ],
  ['with null for arguments', [[at(0, named('x', 'get_weather', null))]], [['get_weather', '{}']]],
  [
    'with all arguments repeated at the end',
    [[at(0, named('x', 'get_weather', '{"a"'))], [at(0, more(':1}'))], [at(0, named('x', 'get_weather', a))]],
    one,
  ],
  [
    'repeated whole, without ids',
    [[at(0, named(undefined, 'get_weather', a))], [at(0, named(undefined, 'get_weather', a))]],
    one,
  ],
  ['repeated whole in one chunk', [[at(0, named('x', 'get_weather', a)), at(0, named('x', 'get_weather', a))]], one],
  [
    'with noise after the arguments',
    [[at(0, named('x', 'get_weather', a))], [at(0, more('\n'))], [at(0, more('}'))]],
    one,
  ],
  [
    'beside empty lists and stubs',
    [[], [at(0, named('x', 'get_weather', a))], [{ index: 1, function: { name: '', arguments: '' } }], []],
    one,
  ],
  ['with two pieces in one list', [[at(0, named('x', 'get_weather', '{"a"')), at(0, more(':1}'))]], one],
  ['as one object, not a list', [{ ...named('x', 'get_weather', a) } as never], one],
  ['as a map', [{ '0': named('x', 'get_weather', a), '1': named('y', 'get_time', b) } as never], both],
  [
    'as maps, in pieces',
    [
      { '0': named('x', 'get_weather', '{"a"'), '1': named('y', 'get_time', '{"b"') } as never,
      { '1': more(':2}'), '0': more(':1}') } as never,
    ],
    both,
  ],
  [
    'as JSON text of a list',
    [JSON.stringify([named('x', 'get_weather', a), named('y', 'get_time', b)]) as never],
    both,
  ],
  ['as a list of JSON texts', [[JSON.stringify(named('x', 'get_weather', a)) as never]], one],
  [
    'with the inner object as JSON text',
    [[{ index: 0, id: 'x', function: JSON.stringify({ name: 'get_weather', arguments: a }) }]],
    one,
  ],
  ['with the name in place of the inner object', [[{ index: 0, id: 'x', function: 'get_weather', arguments: a }]], one],
  ['with two objects glued together', [[at(0, named('x', 'get_weather', a + b))]], twice],
  ['with two objects and a blank line between', [[at(0, named('x', 'get_weather', `${a}\n\n${b}`))]], twice],
  [
    'with a second object in pieces',
    [[at(0, named('x', 'get_weather', '{"a"'))], [at(0, more(':1}{"b"'))], [at(0, more(':2}'))]],
    twice,
  ],
  ['with a second object in a piece of its own', [[at(0, named('x', 'get_weather', a))], [at(0, more(b))]], twice],
  [
    'with an object between one that it repeats and another',
    [[at(0, named('x', 'get_weather', `${a} {"a": 1}${b}`))]],
    twice,
  ],
  ['with a second object that never ends', [[at(0, named('x', 'get_weather', `${a}{"b"`))]], one],
  ['with a second object that is empty', [[at(0, named('x', 'get_weather', `${a}{}`))]], one],
  ['with `null` as text for arguments', [[at(0, named('x', 'get_weather', 'null'))]], [['get_weather', '{}']]],
  [
    'with `null` in pieces for arguments',
    [[at(0, named('x', 'get_weather', ''))], [at(0, more('nu'))], [at(0, more('ll'))]],
    [['get_weather', '{}']],
  ],
  ['with a list for arguments', [[at(0, named('x', 'get_weather', []))]], [['get_weather', '{}']]],
  ['with an empty list as text for arguments', [[at(0, named('x', 'get_weather', '[ ]'))]], [['get_weather', '{}']]],
  ['with JSON text in JSON text', [[at(0, named('x', 'get_weather', JSON.stringify(a)))]], one],
  ['with JSON text in JSON text twice', [[at(0, named('x', 'get_weather', JSON.stringify(JSON.stringify(a))))]], one],
  [
    'with JSON text in JSON text, in pieces',
    [[at(0, named('x', 'get_weather', '"{\\"a'))], [at(0, more('\\":1}"'))], [at(1, named('y', 'get_time', b))]],
    both,
  ],
  [
    'with `null` as text, of one tool twice',
    [[at(0, named('x', 'get_weather', 'null'))], [at(0, named('y', 'get_weather', 'null'))]],
    [
      ['get_weather', '{}'],
      ['get_weather', '{}'],
    ],
  ],
  ['with arguments that are no JSON', [[at(0, named('x', 'get_weather', 'a=1'))]], [['get_weather', 'a=1']]],
]

describe('a tool call of a provider', () => {
  test.each(answers)('reaches the client apart, once and whole: %s (R94)', async (_title, chunks, expected) => {
    const { streamed, whole, pieces } = await readCalls(chunks)
    for (const calls of [streamed, whole]) {
      expect(calls.map(({ function: { name, arguments: text } }: never) => [name, text])).toEqual(expected)
      expect(new Set(calls.map(({ id }: { id: string }) => id)).size).toBe(expected.length)
      expect(calls.every(({ id, type }: Piece) => typeof id === 'string' && id !== '' && type === 'function')).toBe(
        true,
      )
    }
    const firsts = pieces.filter((piece: Piece) => 'id' in piece)
    expect(firsts.map((piece: Piece) => piece['index'])).toEqual(expected.map((_, index) => index))
    const names = pieces.flatMap((piece: { function: Piece }) => piece.function['name'] ?? [])
    expect(names).toEqual(expected.map(([name]) => name))
  })

  test.each(answers.filter(([, chunks]) => chunks.length === 1))(
    'is read so in a document: %s (R94)',
    async (_title, [given], expected) => {
      const document = { choices: [{ index: 0, message: { role: 'assistant', tool_calls: given } }] }
      steps = [JSON.stringify(document)]
      const { choices } = JSON.parse((await call(routeTo(provider.url), { tools })).body)
      const calls = choices[0].message.tool_calls
      expect(calls.map(({ function: called }: { function: Piece }) => [called['name'], called['arguments']])).toEqual(
        expected,
      )
    },
  )

  test('is counted with arguments that are held back when the stream breaks off', async () => {
    steps = [
      event({ tool_calls: [at(0, named('x', 'get_weather', ''))] }),
      event({ tool_calls: [at(0, more('"{held'))] }),
      'cut',
    ]
    const { heard, end } = await call(routeTo(provider.url), { tools, stream: true })
    expect([heard, end?.outcome]).toEqual(['get_weather"{held', 'upstream_cut'])
  })

  test('is one in the old way, with a second object glued to its arguments too', async () => {
    steps = [event({ function_call: JSON.stringify({ name: 'get_time', arguments: a + b }) }), event({}, 'stop')]
    const { choices } = JSON.parse((await call(routeTo(provider.url), {})).body)
    expect(choices[0].message.function_call).toEqual({ name: 'get_time', arguments: a })
  })

  test('goes on byte for byte in normal form', async () => {
    steps = [
      event({ role: 'assistant', content: null }),
      event({ tool_calls: [at(0, named('x', 'any', ''))] }),
      event({ tool_calls: [at(0, more('{"a"'))] }),
      event({ tool_calls: [at(0, more(':1}')), at(1, named('y', 'other', '{"b":2}'))] }),
      event({}, 'tool_calls'),
    ]
    expect((await call(routeTo(provider.url), { stream: true })).body).toBe(steps.join(''))
  })

  test('keeps the fields that only its provider knows', async () => {
    const extra = { extra_content: { google: { thought_signature: 'Cs4B' } } }
    const { streamed, whole } = await readCalls([[{ ...named('x', 'get_weather', a), ...extra }]])
    expect([streamed[0], whole[0]]).toMatchObject([extra, extra])
  })

  test('is that of the only tool if it has arguments and no name', async () => {
    const { whole } = await readCalls([[{ index: 0, id: 'x', ...more(a) }]], { tools: tools.slice(1) })
    expect(whole).toMatchObject([{ function: { name: 'get_weather', arguments: a } }])
  })

  test('is an error if it has arguments, no name and several tools', async () => {
    steps = [
      event({ content: 'a' }),
      event({ tool_calls: [{ index: 0, id: 'x', ...more(a) }] }),
      event({}, 'tool_calls'),
    ]
    await expect(call(routeTo(provider.url), { tools })).rejects.toMatchObject({ status: 502 })
    const { end } = await call(routeTo(provider.url), { tools, stream: true })
    expect(end).toMatchObject({ outcome: 'upstream_cut', error: { status: 502 } })
  })
})
