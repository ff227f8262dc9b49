import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { loadLocalMap } from '../../../shared/models/sources/local-source.ts'
import { captureLog } from '../../support/capture-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'models-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const load = (options: { map?: string; mapFile?: string; list?: string; listFile?: string }) => {
  const { log, lines } = captureLog()
  const loaded = loadLocalMap({
    map: undefined,
    mapFile: undefined,
    list: undefined,
    listFile: undefined,
    ...options,
    log,
  })
  return { ...loaded, names: [...loaded.entries.keys()], lines }
}

const fromFile = '{"from-file": {"api_base": "https://a.example"}}'
const fromVariable = '{"from-variable": {"api_base": "https://a.example"}}'

describe('the model map', () => {
  test('comes from the file if both are set', () => {
    expect(load({ map: fromVariable, mapFile: file('map.json', fromFile) }).names).toEqual(['from-file'])
  })

  test.each([
    ['is missing', join(folder, 'missing.json'), 'model_file_unreadable'],
    ['is not JSON', file('broken.json', '{'), 'model_json_invalid'],
  ])('comes from the variable if the file %s, and the log names the remedy', (_, mapFile, event) => {
    const { names, lines } = load({ map: fromVariable, mapFile })
    expect(names).toEqual(['from-variable'])
    expect(lines).toEqual([
      {
        level: 'warn',
        event,
        fields: expect.objectContaining({ variable: 'MODEL_PROVIDER_MAP_FILE', help: expect.any(String) }),
      },
    ])
  })

  test.each(['[]', '{}', '"text"', '{"m": "not an object"}', 'null'])(
    'comes from the variable if the file holds no entry: %s',
    (text) => {
      expect(load({ map: fromVariable, mapFile: file('empty.json', text) }).names).toEqual(['from-variable'])
    },
  )

  test('keeps an entry whose `enabled` is an object without text', () => {
    const { names } = load({ map: '{"a": {"enabled": {"toString": 0}}, "b": {"enabled": 0}}' })
    expect(names).toEqual(['a'])
  })

  test('drops the items of a list file that are no names', () => {
    const listFile = file('odd-list.json', '["a", {"toString": 0}, ["b"], null, 7]')
    expect(load({ listFile }).list).toEqual(['a', '7'])
  })

  test.each(['[]', '"text"', 'null'])('is named in the log if it is no object: %s', (text) => {
    expect(load({ mapFile: file('no-object.json', text) }).lines).toEqual([
      expect.objectContaining({ level: 'warn', event: 'model_json_invalid' }),
    ])
  })

  test('rejects by name the values that are no objects, except comments', () => {
    const { names, rejected } = load({ map: '{"a": {}, "b": 1, "c": null, "d": [], "e": "x", "_comment": "x"}' })
    expect(names).toEqual(['a'])
    const reason = 'It is no JSON object. Write its fields in braces.'
    expect(rejected).toEqual(['b', 'c', 'd', 'e'].map((model) => ({ model, reason })))
  })

  test('comes from the variable if the file has only such values, which are rejected too', () => {
    const { names, rejected } = load({ map: fromVariable, mapFile: file('text.json', '{"m": "x"}') })
    expect([names, rejected.map(({ model }) => model)]).toEqual([['from-variable'], ['m']])
  })

  test('is read from a file that begins with a byte order mark', () => {
    const { names, lines } = load({ mapFile: file('bom.json', `\uFEFF${fromFile}`) })
    expect([names, lines]).toEqual([['from-file'], []])
  })

  test('is named in the log without its content if it has one comma too many', () => {
    const { lines } = load({ mapFile: file('comma.json', '{"m": {"api_key": "sk-secret",}}') })
    expect(lines).toEqual([expect.objectContaining({ event: 'model_json_invalid' })])
    expect(JSON.stringify(lines)).not.toContain('sk-secret')
  })

  test.each([
    [true, 1],
    [1, 1],
    ['1', 1],
    ['true', 1],
    [null, 1],
    [false, 0],
    [0, 0],
    ['0', 0],
    ['False', 0],
    ['no', 0],
    ['OFF', 0],
    [' 0 ', 0],
    ['yes', 1],
    ['on', 1],
    ['', 1],
    [[], 1],
  ])('reads an entry with enabled = %j %i times', (enabled, count) => {
    expect(load({ map: JSON.stringify({ m: { enabled } }) }).names).toHaveLength(count)
  })

  test('has another version if one of its texts differs, and the same otherwise', () => {
    const version = (map: string, list?: string) => load({ map, ...(list && { list }) }).version
    expect(version(fromFile)).toBe(version(fromFile))
    expect(
      new Set([version(fromFile), version(fromVariable), version(fromFile, 'a'), version(fromFile, 'b')]).size,
    ).toBe(4)
  })

  test('is empty if nothing is set', () => expect(load({}).entries.size).toBe(0))

  test('is empty if its variable is broken, and the log has a line', () => {
    const { entries, lines } = load({ map: '{' })
    expect(entries.size).toBe(0)
    expect(lines).toEqual([expect.objectContaining({ event: 'model_json_invalid' })])
  })
})

describe('the model list', () => {
  test('comes from the file if both are set', () => {
    expect(load({ list: 'a', listFile: file('list.json', '["b"]') }).list).toEqual(['b'])
  })

  test('comes from the variable if the file holds no array', () => {
    expect(load({ list: 'a', listFile: file('object.json', '{"b": 1}') }).list).toEqual(['a'])
  })

  test('is undefined if nothing is set', () => expect(load({}).list).toBeUndefined())
})
