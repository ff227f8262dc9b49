import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { validateMap } from '../../../shared/models/entries/validate-map.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'

const variables: Record<string, string> = {
  A_API_KEY: 'key-of-a',
  B_API_KEY: 'key-of-b',
  OPENAI_API_KEY: 'key-of-openai',
}

const validate = (entries: Readonly<Record<string, JsonObject>>) =>
  validateMap(new Map(Object.entries(entries)), {
    variable: (name) => variables[name],
    allowPrivate: false,
  })

/** The values of random entries: good, bad and absent ones, so few that neighbours often share them. */
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

describe('validateMap', () => {
  test.each([
    ['.5', '.5'],
    ['5.', '5.'],
    ['1e-3', '1e-3'],
    [1e-7, '1e-7'],
    [' +2 ', '+2'],
  ])('keeps the price %j, which Python’s float() reads, to the digit', (given, price) => {
    const map = validate({ m: { api_base: 'https://a.example.com/v1', input_price_per_1m: given } })
    expect(map.rejected).toEqual([])
    expect(map.route('m')).toMatchObject({ prices: { input: price, output: '0' } })
  })

  test('gives each entry the result and the route that it has alone, with any entries beside it', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(5), { maxLength: 8 }),
        (some, order) => {
          const picked = order.map((index) => some[index % some.length] as JsonObject)
          const map = Object.fromEntries(picked.map((fields, index) => [`m${index}`, fields]))
          const together = validate(map)
          const alone = Object.entries(map).map(([model, fields]) => ({ model, ...validateOne(model, fields) }))
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

  test('reports unknown providers of usable entries, not of rejected ones', () => {
    const api_base = 'https://a.example.com'
    const validated = validate({
      a: { provider: 'bedrock' },
      b: { provider: 'unheard-of' },
      c: { provider: 'Odd', api_base },
    })
    expect(validated.rejected.map(({ model }) => model)).toEqual(['a', 'b'])
    expect(validated.unknownProviders).toEqual(['odd'])
  })

  test('makes each route once', () => {
    const { route } = validate({ m: { api_base: 'https://a.example.com' } })
    expect(route('m')).toBe(route('m'))
  })
})

const validateOne = (model: string, fields: JsonObject) => {
  const validated = validate({ [model]: fields })
  const route = validated.route(model)
  return { ...validated, route, provider: route?.targets[0].provider }
}
