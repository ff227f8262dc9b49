import { describe, expect, test } from '@jest/globals'
import { type Replacement, shouldKeepCurrent } from '../../shared/models/keep-current.ts'

const working = { models: ['a'] }
const empty = { models: [] }
const usable = { models: ['a'], version: 'v2' }
const unusable = { models: [], version: 'v2' }

/** A refresh from a table that gave a doubtful but usable map, while a working map is in use. */
const refresh: Replacement = {
  current: working,
  next: usable,
  isUnreadable: false,
  force: false,
  revision: 'v1',
  hasLocalMap: true,
}

describe('shouldKeepCurrent', () => {
  test.each<[string, Partial<Replacement>]>([
    ['a working map', {}],
    ['a working map before an empty one', { next: unusable }],
    ['a working map of files', { hasLocalMap: false }],
    ['a working map before a forced one with a file that cannot be read', { force: true, isUnreadable: true }],
    ['the local map before an empty table', { current: undefined, next: unusable }],
  ])('keeps %s', (_, change) => {
    expect(shouldKeepCurrent({ ...refresh, ...change })).toBe(true)
  })

  test.each<[string, Partial<Replacement>]>([
    ['the operator forces it', { force: true }],
    ['the operator forces an empty one', { force: true, next: unusable }],
    ['another instance has published its version', { revision: 'v2' }],
    ['another instance has published it empty', { revision: 'v2', next: unusable }],
    ['another instance has published it, even with a file that cannot be read', { revision: 'v2', isUnreadable: true }],
    ['the map in use is empty', { current: empty }],
    ['both maps are empty', { current: empty, next: unusable }],
    ['no map is in use and it has a model', { current: undefined }],
    ['no map is in use and there is no local one', { current: undefined, next: unusable, hasLocalMap: false }],
  ])('takes the loaded map if %s', (_, change) => {
    expect(shouldKeepCurrent({ ...refresh, ...change })).toBe(false)
  })
})
