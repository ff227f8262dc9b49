import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { validateMap } from '../../../shared/models/entries/validate-map.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'

const variables: Record<string, string> = {
  A_API_KEY: 'key-of-a',
  B_API_KEY: 'key-of-b',
  OPENAI_API_KEY: 'key-of-openai',
}

const judge = (entries: Readonly<Record<string, JsonObject>>) =>
  validateMap(new Map(Object.entries(entries)), {
    variable: (name) => variables[name],
    allowPrivate: false,
  })

/** Values of which entries are made: good ones, bad ones and none, few enough for neighbours to share them. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  provider: ['openai', 'OpenAI', 'deepseek', 'bedrock', 'open ai', 'unheard-of', ' ', null],
  custom_llm_provider: ['openai', 'kimi', null],
  api_base: ['https://a.example.com/v1', 'https://b.example.com/v1/', 'http://a.example.com', 'nonsense', '', null],
  base_url: ['https://c.example.com', 7],
  api_key_env: ['A_API_KEY', 'B_API_KEY', 'UNSET_API_KEY', 'MYSQL_PASSWORD', '', null],
  api_key: ['own', 'in two', null],
  api_version: ['2024-10-21', '?'],
  upstream_model: [' other ', 'a\nb'],
  max_tokens: [1, '2', -1],
  default_params: [{ seed: 1 }, '{"seed": 1}', '{'],
  allowed_groups: ['staff', '[]', '', 7],
  input_price_per_1m: [0.8, '1', 'much'],
  enabled: [1, true, 'on', 'maybe'],
  colour: ['red'],
}

const entry = fc.record(
  Object.fromEntries(Object.entries(values).map(([name, choices]) => [name, fc.constantFrom(...choices)])),
  { requiredKeys: [] },
)

describe('a model map', () => {
  test('gives each entry the verdict and the route it would have alone, whatever stands beside it', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(5), { maxLength: 8 }),
        (some, order) => {
          const picked = order.map((index) => some[index % some.length] as JsonObject)
          const map = Object.fromEntries(picked.map((fields, index) => [`m${index}`, fields]))
          const together = judge(map)
          const alone = Object.entries(map).map(([model, fields]) => ({ model, ...judgedOne(model, fields) }))
          expect(together.rejected).toEqual(alone.flatMap(({ rejected }) => rejected))
          expect(together.restricted).toEqual(alone.flatMap(({ restricted }) => restricted))
          for (const { model, route } of alone) expect(together.route(model)).toEqual(route)
          for (const { model, provider } of alone) if (provider) expect(together.getProvider(model)).toBe(provider)
          expect(new Set(together.unknownFields)).toEqual(new Set(alone.flatMap(({ unknownFields }) => unknownFields)))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('tells of unknown providers that are in use, not of those it rejects', () => {
    const api_base = 'https://a.example.com'
    const judged = judge({
      a: { provider: 'bedrock' },
      b: { provider: 'unheard-of' },
      c: { provider: 'Odd', api_base },
    })
    expect(judged.rejected.map(({ model }) => model)).toEqual(['a', 'b'])
    expect(judged.unknownProviders).toEqual(['odd'])
  })

  test('makes a route once', () => {
    const { route } = judge({ m: { api_base: 'https://a.example.com' } })
    expect(route('m')).toBe(route('m'))
  })
})

const judgedOne = (model: string, fields: JsonObject) => {
  const judged = judge({ [model]: fields })
  const route = judged.route(model)
  return { ...judged, route, provider: route?.provider }
}
