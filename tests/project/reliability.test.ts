import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { findPromiseTests, promiseSections } from '../../scripts/docs/promises.ts'

const promises = promiseSections.flatMap((section) => section.promises)
const ids = promises.map(({ id }) => id)
const tests = findPromiseTests('.')

describe('the promises of docs/reliability.md', () => {
  test('have ids that are unique and in order', () => {
    const numbers = ids.map((id) => Number(id.slice(1)))
    expect(ids.length).toBeGreaterThanOrEqual(75)
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
  })

  test.each(ids)('have at least one test whose title carries the id %s', (id) => {
    expect(tests.get(id) ?? []).not.toEqual([])
  })

  test('include every id that a test title carries', () => {
    expect([...tests.keys()].filter((id) => !ids.includes(id))).toEqual([])
  })

  test('are written in both languages, each in its own script', () => {
    for (const { id, en, zh } of [...promises, ...promiseSections.map((section) => ({ id: section.en, ...section }))]) {
      expect([id, /[\u4e00-\u9fff]/.test(en), /[\u4e00-\u9fff]/.test(zh)]).toEqual([id, false, true])
    }
  })
})

describe('the threat model', () => {
  const readPaths = (page: string): string[] =>
    [...readFileSync(page, 'utf8').matchAll(/`((?:tests|shared)\/[^`]+)`/g)].map(([, path = '']) => path)

  test('names the same files in both languages, and they exist', () => {
    expect(readPaths('SECURITY.md').length).toBeGreaterThan(10)
    expect(readPaths('SECURITY.zh-CN.md')).toEqual(readPaths('SECURITY.md'))
    expect(readPaths('SECURITY.md').filter((path) => !existsSync(path))).toEqual([])
  })
})
