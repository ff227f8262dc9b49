import { describe, expect, test } from '@jest/globals'
import { toAbsolutePaths } from '../../scripts/local/absolute-paths.ts'

describe('paths in the environment', () => {
  test.each([
    [{ MODEL_PROVIDER_MAP_FILE: './map.json' }, { MODEL_PROVIDER_MAP_FILE: '/home/me/map.json' }],
    [{ MODEL_LIST_FILE: 'list.json' }, { MODEL_LIST_FILE: '/home/me/list.json' }],
    [{ USAGE_FILE: '../usage.jsonl' }, { USAGE_FILE: '/home/usage.jsonl' }],
    [{ MODEL_PROVIDER_MAP_FILE: '/app/map.json' }, { MODEL_PROVIDER_MAP_FILE: '/app/map.json' }],
    [{ USAGE_STORE: 'file' }, { USAGE_STORE: 'file', USAGE_FILE: '/home/me/usage.jsonl' }],
    [{ USAGE_STORE: 'none' }, { USAGE_STORE: 'none' }],
    [{ MODEL_LIST_FILE: '' }, { MODEL_LIST_FILE: '' }],
  ])('makes the paths of %j absolute, from the current folder', (environment, expected) => {
    expect(toAbsolutePaths(environment, '/home/me')).toEqual(expected)
  })
})
