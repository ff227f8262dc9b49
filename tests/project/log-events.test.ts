import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

/** The closed list in `runtime/log.ts`; the compiler holds every call of a log to it. */
const events = [...readFileSync('shared/runtime/log.ts', 'utf8').matchAll(/^ {2}\| '([a-z_]+)'/gm)].map(
  ([, name]) => name,
)

const sources = readdirSync('shared', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file !== join('runtime', 'log.ts'))
  .map((file) => readFileSync(join('shared', file), 'utf8'))
  .join('\n')

test('logs every event of the list somewhere', () => {
  expect(events.length).toBeGreaterThan(25)
  expect(events.filter((event) => !sources.includes(`'${event}'`))).toEqual([])
})

describe.each(['docs/operations.md', 'docs/operations.zh-CN.md'])('the table of events of %s', (file) => {
  const table = /\| `event` \| `level` [\s\S]*?\n\n/.exec(readFileSync(file, 'utf8'))?.[0] ?? ''
  const rows = table
    .split('\n')
    .slice(2)
    .filter((row) => row !== '')
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, name]) => name))

  test('names each event once, and no other (R69)', () => {
    expect([...named].sort()).toEqual([...events].sort())
  })

  test('gives each event a level, a meaning and an action', () => {
    for (const row of rows) {
      const [, , level = '', meaning = '', action = ''] = row.split('|').map((cell) => cell.trim())
      expect(level).toMatch(/^(info|warn|error)([,、] ?(warn|error))*$/)
      expect(meaning).not.toBe('')
      expect(action).not.toBe('')
    }
  })
})
