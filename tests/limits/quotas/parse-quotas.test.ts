import { expect, test } from '@jest/globals'
import { parseQuotas } from '../../../shared/limits/quotas/parse-quotas.ts'

const daily = { name: 'daily', unit: 'requests', window: 'day', per: 'user', limit: 100 }

test('reads quotas, with models and groups, comments and the mark that editors put before a text', () => {
  const rows = [daily, { ...daily, name: 'vip', models: ['m'], groups: ['vip'], _why: 'a comment' }]
  expect(parseQuotas(`\uFEFF${JSON.stringify(rows)}`, 'QUOTAS')).toEqual({
    value: [
      { ...daily, models: undefined, groups: undefined },
      { ...daily, name: 'vip', models: ['m'], groups: ['vip'] },
    ],
  })
  expect(parseQuotas('[]', 'QUOTAS')).toEqual({ value: [] })
})

test.each([
  [{ ...daily, name: 'has space' }, "QUOTAS, quota 1: 'name' must be up to 64 letters"],
  [{ ...daily, name: undefined }, "'name' is missing. It must be up to 64 letters"],
  [{ ...daily, unit: 'calls' }, "'unit' must be one of requests, tokens, points."],
  [{ ...daily, window: 'hour' }, "'window' must be one of minute, 5h, day, week, month, total."],
  [{ ...daily, window: 'toString' }, "'window' must be one of"],
  [{ ...daily, per: 'tenant' }, "'per' must be one of user, key, group, model, environment."],
  [{ ...daily, limit: 0 }, "'limit' must be a whole number of at least 1."],
  [{ ...daily, limit: '5' }, "'limit' must be a whole number of at least 1."],
  [{ ...daily, limit: 1.5 }, "'limit' must be a whole number of at least 1."],
  [{ ...daily, models: [] }, "'models' must be an array of names with at least one."],
  [{ ...daily, groups: 'vip' }, "'groups' must be an array of names with at least one."],
  [{ ...daily, group: ['vip'] }, "'group' is no field of a quota. Correct or remove it."],
  ['daily', 'it is no JSON object. Write its fields in braces.'],
])('refuses %j with a problem that says what to do', (row, problem) => {
  const parsed = parseQuotas(JSON.stringify([row]), 'QUOTAS')
  expect(parsed.value).toBeUndefined()
  expect(parsed.problem).toContain(problem)
})

test('refuses text that is no JSON array, two quotas of one name, and more than 50', () => {
  expect(parseQuotas('{}', 'QUOTAS_FILE').problem).toContain('QUOTAS_FILE is no JSON array of quotas. Write [{')
  expect(parseQuotas('[', 'QUOTAS').problem).toContain('QUOTAS is no JSON array of quotas.')
  expect(parseQuotas(JSON.stringify([daily, daily]), 'QUOTAS').problem).toBe(
    "QUOTAS: two quotas have the name 'daily'. Each needs its own.",
  )
  const many = Array.from({ length: 51 }, (_, index) => ({ ...daily, name: `q${index}` }))
  expect(parseQuotas(JSON.stringify(many), 'QUOTAS').problem).toBe('QUOTAS has 51 quotas. At most 50 are allowed.')
})

test('names every mistake at once', () => {
  const { problem } = parseQuotas(
    JSON.stringify([
      { ...daily, unit: 'x' },
      { ...daily, name: 'b', limit: -1 },
    ]),
    'QUOTAS',
  )
  expect(problem).toContain("quota 1: 'unit'")
  expect(problem).toContain("quota 2: 'limit'")
})
