import { describe, expect, test } from '@jest/globals'
import { getListBody } from '../../shared/models/access.ts'
import { createSnapshot } from '../../shared/models/snapshot.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'

const variables: Record<string, string> = {
  A_API_KEY: 'key-of-a',
  SPLIT_API_KEY: 'key\r\nx-evil: 1',
  ODD_API_KEY: '密钥',
}

const snapshot = (map: Record<string, JsonObject>, list?: string[], allowPrivate = false) =>
  createSnapshot(
    { source: 'local', version: 'v', entries: new Map(Object.entries(map)), rejected: [], list, warning: undefined },
    { variable: (name) => variables[name], allowPrivate },
    () => 1_710_000_000_500,
  )

const a = { api_base: 'https://a.example/v1', api_key_env: 'A_API_KEY' }

describe('createSnapshot', () => {
  test('rejects by name an entry whose number is an object without text, and keeps the others (R25)', () => {
    const { models, rejected } = snapshot({ m: a, bad: { ...a, max_tokens: { toString: 0 } } })
    expect(models).toEqual(['m'])
    expect(rejected).toEqual([{ model: 'bad', reason: 'Its max_tokens must be a whole number above zero.' }])
  })

  test('makes a route with every default of a minimal entry', () => {
    expect(snapshot({ m: a }).route('m')).toEqual({
      model: 'm',
      targets: [
        {
          name: 'm',
          tier: 0,
          group: 0,
          weight: 1,
          switchOn: [],
          provider: 'openai',
          apiBase: 'https://a.example/v1',
          apiKey: 'key-of-a',
          upstreamModel: 'm',
          completionsMode: 'auto',
          streamUsage: 'auto',
          thinking: 'auto',
          jsonSchema: 'native',
          defaultParams: {},
          dropParams: [],
        },
      ],
    })
  })

  test.each([
    [
      'the original’s other names',
      { custom_llm_provider: 'DeepSeek', base_url: 'https://b.example/' },
      { provider: 'deepseek', apiBase: 'https://b.example' },
    ],
    ['a key of its own', { api_base: 'https://a.example', api_key_env: '', api_key: 'k' }, { apiKey: 'k' }],
    [
      'its own key if the variable is not set',
      { api_base: 'https://a.example', api_key_env: 'B_API_KEY', api_key: 'k' },
      { apiKey: 'k' },
    ],
    ['the variable’s key before its own', { ...a, api_key: 'k' }, { apiKey: 'key-of-a' }],
    ['no key if it names none', { api_base: 'https://a.example' }, { apiKey: undefined }],
    ['slashes at its address’s end', { ...a, api_base: 'https://a.example/v1//' }, { apiBase: 'https://a.example/v1' }],
    [
      'the whole address of the endpoint',
      { ...a, api_base: 'https://a.example/v1/chat/completions/' },
      { apiBase: 'https://a.example/v1' },
    ],
    [
      'lists with the commas of a Chinese keyboard',
      { ...a, drop_params: 'n，stop, seed' },
      { dropParams: ['n', 'stop', 'seed'] },
    ],
    ['another name upstream', { ...a, upstream_model: 'x/y' }, { upstreamModel: 'x/y' }],
    [
      'prices as numbers or text',
      { ...a, input_price_per_1m: 0.8, output_price_per_1m: '2' },
      { prices: { input: '0.8', output: '2', cache: undefined } },
    ],
  ])('accepts %s', (_, entry, expected) => expect(snapshot({ m: entry }).route('m').targets).toMatchObject([expected]))

  test.each([
    ['no address', {}, /no api_base/],
    ['an address that is no URL', { api_base: 'example' }, /not a URL/],
    ['an address with a password', { api_base: 'https://u:p@a.example' }, /user name or password/],
    ['a switch that is neither yes nor no', { ...a, enabled: 'maybe' }, /^Its enabled must be 1 or 0, true or false/],
    ['an http address', { api_base: 'http://a.example' }, /not https/],
    ['a line break in the variable’s key', { ...a, api_key_env: 'SPLIT_API_KEY' }, /Correct the .* SPLIT_API_KEY/],
    ['a key that is not ASCII in its variable', { ...a, api_key_env: 'ODD_API_KEY' }, /Correct the .* ODD_API_KEY/],
    ['a key that is not set', { api_base: 'https://a.example', api_key_env: 'B_API_KEY' }, /B_API_KEY/],
  ])('rejects an entry with %s by name with the reason, and keeps the others', (_, entry, reason) => {
    const { rejected, models } = snapshot({ bad: entry, good: a })
    expect(rejected).toEqual([{ model: 'bad', reason: expect.stringMatching(reason) }])
    expect(models).toEqual(['good'])
  })

  test('accepts an http address if private upstreams are allowed', () => {
    expect(snapshot({ m: { api_base: 'http://127.0.0.1:1/v1' } }, undefined, true).models).toEqual(['m'])
  })
})

describe('the models of a snapshot', () => {
  test('come from the map if there is no list, or an empty one', () => {
    expect(snapshot({ x: a, y: a }).models).toEqual(['x', 'y'])
    expect(snapshot({ x: a, y: a }, []).models).toEqual(['x', 'y'])
  })

  test('come from the list, in its order, without those that the map does not hold', () => {
    expect(snapshot({ x: a, y: a, z: a }, ['z', 'x', 'unmapped']).models).toEqual(['z', 'x'])
  })

  test('serialize as OpenAI’s list', () => {
    const map = { x: a, y: { ...a, provider: ' GLM ' }, z: { ...a, provider: ' ', custom_llm_provider: 'Qwen' } }
    const model = (id: string, owned_by: string) => ({ id, object: 'model', created: expect.any(Number), owned_by })
    const body = getListBody(snapshot(map), { id: 'u', kind: 'user', groups: [] })
    expect(JSON.parse(body.toString())).toEqual({
      object: 'list',
      data: [model('x', 'openai'), model('y', 'glm'), model('z', 'qwen')],
    })
  })
})

describe('the route of a model', () => {
  const getError = (act: () => unknown): unknown => {
    try {
      return act()
    } catch (error) {
      const { status, code } = error as { status: number; code: string }
      return { status, code }
    }
  }

  test.each(['other', '__proto__', 'constructor', 'toString', 'M', ''])(
    "throws 404 model_not_found for the unknown name '%s'",
    (name) => {
      expect(getError(() => snapshot({ m: a }).route(name))).toEqual({ status: 404, code: 'model_not_found' })
    },
  )

  test('throws 503 gateway_misconfigured if its entry was rejected', () => {
    expect(getError(() => snapshot({ m: a, bad: {} }).route('bad'))).toEqual({
      status: 503,
      code: 'gateway_misconfigured',
    })
  })

  test('throws 503 config_unavailable if no model is set up', () => {
    expect(getError(() => snapshot({}).route('m'))).toEqual({ status: 503, code: 'config_unavailable' })
  })

  test('throws 404 model_not_found if the model is in the map but not on the list', () => {
    const { route } = snapshot({ m: a, n: a }, ['m'])
    expect(getError(() => route('n'))).toEqual({ status: 404, code: 'model_not_found' })
    expect(() => route('n')).toThrow(
      expect.objectContaining({ options: { param: 'model', log: { reason: 'not_listed' } } }),
    )
    expect(() => route('other')).toThrow(expect.objectContaining({ options: { param: 'model' } }))
  })
})
