import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { findNearestName } from '../../shared/runtime/nearest-name.ts'

const fields = [
  'api_base',
  'api_key',
  'api_key_env',
  'max_tokens',
  'max_prompt_tokens',
  'upstream_model',
  'enabled',
  'weight',
]

test.each([
  ['max_token', 'max_tokens'],
  ['maxTokens', 'max_tokens'],
  ['max-tokens', 'max_tokens'],
  ['MAX_TOKENS', 'max_tokens'],
  ['upstraem_modle', 'upstream_model'],
  ['api_bse', 'api_base'],
  ['apikey', 'api_key'],
  ['api_key_evn', 'api_key_env'],
  ['enabeld', 'enabled'],
  ['wieght', 'weight'],
  ['colour', undefined],
  ['tokens', undefined],
  ['', undefined],
  ['_', undefined],
  ['api', undefined],
  ['a'.repeat(100_000), undefined],
])('finds for the name %.40j the known name %j', (name, nearest) => {
  expect(findNearestName(name, fields)).toBe(nearest)
})

test.each([
  ['lsit', 'list'],
  ['imprt', 'import'],
  ['xist', 'list'],
  ['exit', undefined],
])('finds for the short name %j only a name that is one change away: %j', (name, nearest) => {
  expect(findNearestName(name, ['list', 'import', 'check'])).toBe(nearest)
})

test('finds the name from which a letter is missing, doubled, wrong or swapped, and never one that is not known', () => {
  const name = fc.constantFrom(...fields)
  const letter = fc.constantFrom('a', 'x', 'z', '1')
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(3), letter, (known, position, kind, other) => {
      const at = position % known.length
      const [before, here, after] = [known.slice(0, at), known[at] ?? '', known.slice(at + 1)]
      const slips = [
        before + after,
        before + here + here + after,
        before + other + after,
        before + after.slice(0, 1) + here + after.slice(1),
      ]
      expect(fields).toContain(findNearestName(slips[kind] ?? '', fields))
    }),
  )
})
