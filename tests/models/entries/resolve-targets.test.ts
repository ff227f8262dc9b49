import { describe, expect, test } from '@jest/globals'
import { validateMap } from '../../../shared/models/entries/validate-map.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'

const variables: Record<string, string> = {
  A_API_KEY: 'key-a',
  B_API_KEY: 'key-b',
  C_API_KEY: 'key-c',
  OPENAI_API_KEY: 'key-of-openai',
  SPLIT_API_KEY: 'in two',
  MYSQL_PASSWORD: 'hidden',
  SILICONFLOW_API_KEY: 'key-of-siliconflow',
}

const learned: string[] = []

const validate = (entries: Readonly<Record<string, JsonObject>>) =>
  validateMap(new Map(Object.entries(entries)), {
    variable: (name) => variables[name],
    allowPrivate: false,
    learnKey: (key) => learned.push(key),
  })

const ownKey = { api_key_env: 'B_API_KEY' }

const base = { api_base: 'https://a.example.com/v1', api_key_env: 'A_API_KEY' }

const getTargets = (entry: JsonObject, others: Readonly<Record<string, JsonObject>> = {}) => {
  const { route, rejected } = validate({ m: entry, ...others })
  expect(rejected).toEqual([])
  return route('m')?.targets ?? []
}

describe('the keys of an entry', () => {
  test.each([
    ['separated by commas', 'A_API_KEY, B_API_KEY'],
    ['separated by the commas of a Chinese keyboard', 'A_API_KEY，B_API_KEY'],
    ['with one named twice and commas too many', ',A_API_KEY,,B_API_KEY,A_API_KEY,'],
  ])('make one target each if their variables are %s', (_, api_key_env) => {
    expect(getTargets({ ...base, api_key_env })).toMatchObject([
      { name: 'm/A_API_KEY', group: 0, apiKey: 'key-a' },
      { name: 'm/B_API_KEY', group: 0, apiKey: 'key-b' },
    ])
  })

  test('are used without those that are not set or cannot be used, which are reported', () => {
    const api_key_env = 'UNSET_API_KEY,B_API_KEY,SPLIT_API_KEY,MYSQL_PASSWORD'
    const { route, problems } = validate({ m: { ...base, api_key_env } })
    expect(route('m')?.targets).toMatchObject([{ apiKey: 'key-b' }])
    expect(problems.map(({ model, reason }) => [model, reason])).toEqual([
      ['m', expect.stringMatching(/SPLIT_API_KEY/)],
      ['m', expect.stringMatching(/does not name a provider key/)],
      ['m', expect.stringMatching(/UNSET_API_KEY/)],
    ])
    expect(JSON.stringify(problems)).not.toContain('in two')
  })

  test('are missing if no variable of several is set: the entry is rejected, unless it has a key of its own', () => {
    const api_key_env = 'UNSET_API_KEY,GONE_API_KEY'
    expect(validate({ m: { ...base, api_key_env } }).rejected).toEqual([
      { model: 'm', reason: 'Its key is not set. Set the environment variable UNSET_API_KEY or GONE_API_KEY.' },
    ])
    expect(getTargets({ ...base, api_key_env, api_key: 'own' })).toMatchObject([{ name: 'm', apiKey: 'own' }])
  })

  test.each(['A_API_KEY;B_API_KEY', 'A_API_KEY,not a name', ','])('are rejected if they are %j', (api_key_env) => {
    expect(validate({ m: { ...base, api_key_env } }).rejected).toHaveLength(1)
  })
})

describe('the targets of an entry', () => {
  test.each([
    ['.5', 0.5],
    ['1e-3', 0.001],
    [1e-7, 1e-7],
    ['2.50', 2.5],
  ])('take a weight in any spelling of a price: %j', (weight, expected) => {
    const targets = [{ weight, max_concurrency: '1e1' }, { api_key_env: 'B_API_KEY' }]
    expect(getTargets({ ...base, targets })).toMatchObject([{ weight: expected, maxConcurrency: 10 }, {}])
  })

  test('take from the entry what they leave out', () => {
    const entry = {
      ...base,
      upstream_model: 'u',
      max_tokens: 9,
      weight: 3,
      max_concurrency: 2,
      input_price_per_1m: '1',
    }
    const targets = [
      {},
      { api_base: 'https://b.example.com', api_key_env: 'B_API_KEY' },
      { upstream_model: 'v', weight: 0 },
    ]
    const shared = { maxTokens: 9, maxConcurrency: 2, prices: { input: '1', output: '0' } }
    const expected = [
      {
        ...shared,
        name: 'm/1',
        group: 0,
        apiBase: 'https://a.example.com/v1',
        apiKey: 'key-a',
        upstreamModel: 'u',
        weight: 3,
      },
      {
        ...shared,
        name: 'm/2',
        group: 1,
        apiBase: 'https://b.example.com',
        apiKey: 'key-b',
        upstreamModel: 'u',
        weight: 3,
      },
      {
        ...shared,
        name: 'm/3',
        group: 2,
        apiBase: 'https://a.example.com/v1',
        apiKey: 'key-a',
        upstreamModel: 'v',
        weight: 0,
      },
    ]
    expect(getTargets({ ...entry, targets })).toMatchObject(expected)
    expect(getTargets({ ...entry, targets: JSON.stringify(targets) })).toMatchObject(expected)
  })

  test('take no key and no address from an entry of another provider', () => {
    const targets = [{ provider: 'siliconflow', upstream_model: 'org/model' }]
    expect(getTargets({ ...base, provider: 'deepseek', targets })).toMatchObject([
      { provider: 'siliconflow', apiBase: 'https://api.siliconflow.cn/v1', apiKey: 'key-of-siliconflow' },
    ])
  })

  test.each<[string, JsonObject]>([
    ['an entry at another host', base],
    ['an entry with a key of its own, at another host', { ...base, api_key_env: null, api_key: 'own' }],
    ['an entry of OpenAI', { provider: 'openai', api_key_env: 'OPENAI_API_KEY' }],
  ])('take no key from %s', (_, entry) => {
    const targets = [{}, { api_base: 'https://b.example.com/v1' }, { api_base: 'https://b.example.com/v1', ...ownKey }]
    const [first, ...others] = getTargets({ ...entry, targets })
    expect(first?.apiKey).toEqual(expect.any(String))
    expect(others).toMatchObject([{ apiKey: undefined }, { apiKey: 'key-b' }])
  })

  test('take the key of an entry at the same host, and of one without an address', () => {
    const targets = [{ api_base: 'https://a.example.com/other/v1' }]
    expect(getTargets({ ...base, targets })).toMatchObject([{ apiKey: 'key-a' }])
    expect(getTargets({ api_key_env: 'A_API_KEY', targets })).toMatchObject([{ apiKey: 'key-a' }])
  })

  test('may have a key of their own although the entry names a variable', () => {
    expect(getTargets({ ...base, targets: [{ api_key: 'own' }] })).toMatchObject([{ apiKey: 'own' }])
    expect(learned).toContain('own')
  })

  test('are one for each of their keys', () => {
    const targets = [{ api_key_env: 'A_API_KEY,B_API_KEY' }, { api_key_env: 'C_API_KEY' }]
    expect(getTargets({ ...base, targets }).map(({ name, group }) => [name, group])).toEqual([
      ['m/1/A_API_KEY', 0],
      ['m/1/B_API_KEY', 0],
      ['m/2', 1],
    ])
  })

  test.each([
    ['no list', 'x', /targets must be a JSON array of objects/],
    ['a list of names', ['a'], /targets must be a JSON array of objects/],
    ['all of them switched off', [{ enabled: 0 }, { enabled: 'no' }], /switched off/],
    ['none that can be used', [{ api_base: 'nonsense' }], /^Target 1: Its api_base is not a URL/],
  ])('reject the entry if they are %s', (_, targets, reason) => {
    expect(validate({ m: { ...base, targets } }).rejected).toEqual([
      { model: 'm', reason: expect.stringMatching(reason) },
    ])
  })

  test.each([
    [{ api_key_env: 'UNSET_API_KEY' }, /^Target 1: Its key is not set/],
    [{ weight: -1 }, /^Target 1: Its weight must be a number, zero or above/],
    [{ weight: 'much' }, /^Target 1: Its weight must/],
    [{ max_concurrency: 0 }, /^Target 1: Its max_concurrency must be a whole number above zero/],
    [
      { switch_on: 'always' },
      /^Target 1: Its switch_on must be a list of first_byte_timeout, server_error, context_length/,
    ],
    [{ allowed_groups: ['staff'] }, /^Target 1: Its allowed_groups must be in the entry/],
    [{ targets: [{}] }, /^Target 1: Its targets must be in the entry/],
    [{ api_key_env: 'MYSQL_PASSWORD' }, /^Target 1: .* does not name a provider key/],
  ])('are used without %j, which is reported', (bad, reason) => {
    const { route, problems } = validate({ m: { ...base, targets: [bad, {}] } })
    expect(route('m')?.targets).toMatchObject([{ name: 'm/2' }])
    expect(problems).toEqual([{ model: 'm', reason: expect.stringMatching(reason) }])
  })

  test('are the entry itself if the list is empty', () => {
    expect(getTargets({ ...base, targets: [] })).toMatchObject([{ name: 'm' }])
  })

  test('report fields that the gateway does not know', () => {
    expect(validate({ m: { ...base, targets: [{ wieght: 2 }] } }).unknownFields).toEqual(['wieght'])
  })
})

describe('the fallbacks of an entry', () => {
  const other = { api_base: 'https://b.example.com/v1', api_key_env: 'B_API_KEY' }

  test('add the targets of other entries, and of their fallbacks, in order, each once', () => {
    const targets = getTargets(
      { ...base, fallbacks: 'x, y', max_tokens: 10 },
      {
        x: { ...other, targets: [{}, {}], fallbacks: ['z', 'y'], max_tokens: 20 },
        y: { ...other, max_tokens: 5 },
        z: { ...other, listed: 0, allowed_groups: [] },
      },
    )
    expect(targets.map(({ name, tier, maxTokens }) => [name, tier, maxTokens])).toEqual([
      ['m', 0, 10],
      ['x/1', 1, 10],
      ['x/2', 1, 10],
      ['z', 2, 10],
      ['y', 3, 5],
    ])
  })

  test.each([
    ['is unknown', { fallbacks: ['nobody'] }, {}, /^Its fallback 'nobody' is no model that can be used/],
    ['is rejected', { fallbacks: ['x'] }, { x: { api_base: 'nonsense' } }, /^Its fallback 'x' is no model/],
    ['is the entry itself', { fallbacks: ['m'] }, {}, /^Its fallbacks go in a circle: m → m/],
    [
      'leads back',
      { fallbacks: ['x'] },
      { x: { ...other, fallbacks: ['m'] } },
      /^Its fallbacks go in a circle: m → x → m/,
    ],
  ])('are used without one that %s, which is reported', (_, fields, others, reason) => {
    const { route, problems } = validate({ m: { ...base, ...fields }, ...others })
    expect(route('m')?.targets[0]).toMatchObject({ name: 'm' })
    expect(problems).toContainEqual({ model: 'm', reason: expect.stringMatching(reason) })
  })

  test('end after 32', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`f${index}`, { ...other, fallbacks: [`f${index + 1}`] }]),
    )
    const { route, problems } = validate({ m: { ...base, fallbacks: ['f0'] }, ...chain, f200: other })
    expect(route('m')?.targets).toHaveLength(33)
    expect(problems).toContainEqual({ model: 'm', reason: expect.stringMatching(/more than 32 fallbacks/) })
  })
})

describe('an entry that is not listed', () => {
  test.each([0, false, '0', 'no'])('is named if its listed is %j', (listed) => {
    expect(validate({ m: { ...base, listed }, n: { ...base, listed: 1 }, o: base }).unlisted).toEqual(['m'])
  })
})

describe('an entry of CloudBase’s own AI', () => {
  const validateWith = (environment: Record<string, string>, entry: JsonObject = { provider: 'cloudbase' }) =>
    validateMap(new Map([['hy3-preview', entry]]), { variable: (name) => environment[name], allowPrivate: false })
  const own = { CLOUDBASE_ENV_ID: 'my-env-1', CLOUDBASE_APIKEY: 'key-of-my-env' }

  test('needs nothing but its provider: address and key are those of the environment', () => {
    expect(validateWith(own).route('hy3-preview')?.targets).toMatchObject([
      { apiBase: 'https://my-env-1.api.tcloudbasegateway.com/v1/ai/cloudbase', apiKey: 'key-of-my-env' },
    ])
  })

  test('can be a target or a fallback of another provider', () => {
    const targets = [{ provider: 'cloudbase', max_concurrency: 5 }, { api_base: 'https://a.example.com/v1' }]
    expect(validateWith(own, { api_key: 'k', targets }).route('hy3-preview')?.targets).toMatchObject([
      { apiKey: 'key-of-my-env', maxConcurrency: 5 },
      { apiKey: 'k' },
    ])
  })

  test.each([
    ['the environment’s id', { CLOUDBASE_APIKEY: 'k' }, /no api_base/],
    ['the API key', { CLOUDBASE_ENV_ID: 'my-env-1' }, /Set the environment variable CLOUDBASE_APIKEY/],
  ])('is rejected without %s', (_, environment, reason) => {
    expect(validateWith(environment).rejected).toEqual([
      { model: 'hy3-preview', reason: expect.stringMatching(reason) },
    ])
  })

  test('never sends that key to another host', () => {
    const entry = { provider: 'cloudbase', api_base: 'https://evil.example.com/v1' }
    expect(validateWith(own, entry).route('hy3-preview')?.targets).toMatchObject([{ apiKey: undefined }])
  })
})
