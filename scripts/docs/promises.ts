import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InEachLanguage, Language } from '../language.ts'
import sections from './promises.json' with { type: 'json' }

/** A text in each language of the docs. */
type Texts = InEachLanguage<string>

/** A promise of docs/reliability.md. Titles of tests that hold it end with its id: "rejects a token … (R12, R30)". */
export interface ReliabilityPromise extends Texts {
  readonly id: string
  /** Figures of the last run, if its tests print any. */
  readonly lastRun?: Texts
}

interface PromiseSection extends Texts {
  readonly promises: readonly ReliabilityPromise[]
}

/** The promises by section, as the page shows them. */
export const promiseSections: readonly PromiseSection[] = sections

/** Ids at the end of a title: a quote follows their closing parenthesis. */
const idsInTitle = /\((R\d+(?:, R\d+)*)\)['"`]/g

/** Returns the test files that carry each promise's id, as sorted paths from the root such as `tests/e2e/streams.test.ts`. */
export const findPromiseTests = (root: string): Map<string, string[]> => {
  const found = new Map<string, string[]>()
  for (const file of findTestFiles(root)) {
    const titles = readFileSync(join(root, file), 'utf8').matchAll(idsInTitle)
    const ids = new Set([...titles].flatMap(([, list = '']) => list.split(', ')))
    for (const id of ids) found.set(id, [...(found.get(id) ?? []), file])
  }
  return found
}

const findTestFiles = (root: string): string[] =>
  readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .map((path) => `tests/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
    .sort()

const headings: Texts = {
  en: '| | Promise | Tests | Last run |\n| --- | --- | --- | --- |',
  zh: '| | 承诺 | 测试 | 最近数据 |\n| --- | --- | --- | --- |',
}

/** The tables of docs/reliability.md: a section each, a row for each promise with links to its tests. */
export const promiseTables = (language: Language, tests: ReadonlyMap<string, readonly string[]>): string => {
  const toLink = (file: string): string => `[${file.slice('tests/'.length, -'.test.ts'.length)}](../${file})`
  const toRow = ({ id, lastRun, ...promise }: ReliabilityPromise): string => {
    const links = (tests.get(id) ?? []).map(toLink).join(', ')
    return `| ${id} | ${promise[language]} | ${links} | ${lastRun?.[language] ?? '–'} |`
  }
  return promiseSections
    .map(({ promises, ...name }) => `## ${name[language]}\n\n${headings[language]}\n${promises.map(toRow).join('\n')}`)
    .join('\n\n')
}
