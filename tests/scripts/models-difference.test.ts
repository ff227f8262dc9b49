import { expect, test } from '@jest/globals'
import { formatValue } from '../../scripts/models/difference.ts'

test.each([
  ['api_key_env', 'A_API_KEY, B_API_KEY', 'A_API_KEY, B_API_KEY'],
  ['api_key_env', 'A_API_KEY,sk-0123456789', '(not the name of a key variable)'],
  ['api_key', 'sk-0123456789', '(a key)'],
  ['targets', '[{"api_key": "sk-\\"0", "weight": 2}]', '[{"api_key": "(a key)", "weight": 2}]'],
  ['targets', '[{"api_base":"https://u:p@a.example/v1"}]', '[{"api_base":"https://(a login)@a.example/v1"}]'],
])('shows no key of %s: %j becomes %j', (column, value, shown) => {
  expect(formatValue(column, value)).toBe(shown)
})
