import { expect, test } from '@jest/globals'
import { toLoadedMap } from '../../../shared/models/sources/table.ts'

const reported = ['m']

test.each([
  [1, true, []],
  ['1', true, []],
  [Buffer.from([1]), true, []],
  [0, false, []],
  ['off', false, []],
  ['', false, []],
  [null, false, []],
  [2, false, []],
  ['2', false, []],
  ['yes', false, reported],
  ['maybe', false, reported],
])('reads a row with enabled = %j as on: %s, and rejects: %j', (enabled, isOn, rejected) => {
  const map = toLoadedMap([{ model_name: 'm', enabled }], 'mysql')
  expect(map.entries.has('m')).toBe(isOn)
  expect(map.rejected.map(({ model }) => model)).toEqual(rejected)
})
