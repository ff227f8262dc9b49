import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

const english = readFileSync('docs/reliability.md', 'utf8')
const chinese = readFileSync('docs/reliability.zh-CN.md', 'utf8')

/** A test that a promise rests on: `[name](../tests/….test.ts) “title”`. */
const reference = /\]\(\.\.\/(tests\/[^)]+)\) “(.+?)”/g

const referencesIn = (text: string): (readonly [file: string, title: string])[] =>
  [...text.matchAll(reference)].map(([, file = '', title = '']) => [file, title] as const)

/** The rows of a document by their section, each as the tests it names. */
const rowsOf = (text: string) =>
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => section.split('\n').filter((line) => line.startsWith('| ') && line.includes('](../tests/')))
    .map((rows) => rows.map(referencesIn))

/** Whether a source has a text as a string, in quotes of any kind, be it escaped or not. */
const hasTitle = (source: string, title: string): boolean =>
  [`'${title}'`, `"${title}"`, `\`${title}\``, `'${title.replaceAll("'", "\\'")}'`].some((text) =>
    source.includes(text),
  )

describe('the table of what holds', () => {
  test.each(referencesIn(english))('rests on a test that is there: %s, %s', (file, title) => {
    expect(hasTitle(readFileSync(file, 'utf8'), title)).toBe(true)
  })

  test('has the same sections and rows in both languages', () => {
    expect(referencesIn(english).length).toBeGreaterThan(60)
    expect(rowsOf(chinese)).toEqual(rowsOf(english))
  })

  test('has no row without a test', () => {
    for (const text of [english, chinese]) {
      const [, ...sections] = text.split(/^## /m)
      const tables = sections.flatMap((section) => section.split('\n')).filter((line) => line.startsWith('| '))
      const rows = tables.filter((line) => !/^\| (Promise|承诺|---)/.test(line))
      expect(rows.filter((row) => referencesIn(row).length === 0)).toEqual([])
    }
  })
})

describe('the threat model', () => {
  const files = (path: string): string[] =>
    [...readFileSync(path, 'utf8').matchAll(/`((?:tests|shared)\/[^`]+)`/g)].map(([, file = '']) => file)

  test('rests on the same tests in both languages, and they are there', () => {
    expect(files('SECURITY.md').length).toBeGreaterThan(10)
    expect(files('SECURITY.zh-CN.md')).toEqual(files('SECURITY.md'))
    expect(files('SECURITY.md').filter((file) => !existsSync(file))).toEqual([])
  })
})
