import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { fileRows } from '../../shared/drivers/file-rows.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rows-'))
  path = join(folder, 'rows.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true }))

const toRow = (id: string, version: number, data = '{}') => ({ id, version, dueAt: 0, data })

describe('rows in a file', () => {
  test('count for all that have the file open: of two changes of one version, one takes effect', async () => {
    const [one, other] = [fileRows(path), fileRows(path)]
    expect(await one.read('a')).toBeUndefined()
    await one.insert([toRow('a', 0)])
    expect(await other.read('a')).toMatchObject({ version: 0 })
    const results = await Promise.all([one.replace(toRow('a', 1, '1')), other.replace(toRow('a', 1, '2'))])
    expect(results.filter(Boolean)).toHaveLength(1)
    const winner = results[0] ? '1' : '2'
    for (const store of [one, other, fileRows(path)]) expect(await store.read('a')).toMatchObject({ data: winner })
  })

  test('can be removed, if no change has come since, and made anew', async () => {
    const [one, other] = [fileRows(path), fileRows(path)]
    await one.insert([toRow('a', 0), toRow('b', 0)])
    const seen = { ...toRow('a', 0) }
    await other.replace(toRow('a', 1, '"changed"'))
    await one.remove(seen)
    expect(await other.read('a')).toMatchObject({ data: '"changed"' })
    await one.remove(toRow('a', 1))
    expect(await other.list()).toEqual([toRow('b', 0)])
    expect(await one.replace(toRow('a', 2))).toBe(false)
    await one.insert([toRow('a', 0, '"new"')])
    expect(await fileRows(path).read('a')).toEqual(toRow('a', 0, '"new"'))
  })

  test('survive a line that was cut, and one that is no JSON', async () => {
    const store = fileRows(path)
    await store.insert([toRow('a', 0)])
    appendFileSync(path, 'no JSON\n{"id":"b","version":0,"da')
    expect(await store.read('b')).toBeUndefined()
    await store.insert([toRow('b', 0, '"中文"')])
    expect(await store.read('b')).toMatchObject({ data: '"中文"' })
    expect(await fileRows(path).findRange({ from: 'a', below: 'z', limit: 9 })).toMatchObject([
      { id: 'b' },
      { id: 'a' },
    ])
  })

  test.each([
    ['removed', () => rmSync(path)],
    ['emptied', () => truncateSync(path)],
    [
      'replaced by one that is longer',
      () => {
        const line = readFileSync(path, 'utf8').replaceAll('"a"', '"c"')
        writeFileSync(`${path}.new`, line.repeat(3))
        renameSync(`${path}.new`, path)
      },
    ],
  ])('are read anew if the file was %s', async (_, change) => {
    const store = fileRows(path)
    await store.insert([toRow('a', 0)])
    expect(await store.read('a')).toBeDefined()
    change()
    expect(await store.read('a')).toBeUndefined()
    await store.insert([toRow('a', 0, '"again"')])
    expect(await store.read('a')).toMatchObject({ version: 0, data: '"again"' })
  })
})
