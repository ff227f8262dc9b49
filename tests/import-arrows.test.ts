import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const run = promisify(execFile)

/** Each planted import points where its room must not look: room, import, and what the linter says of it. */
const violations = [
  ['protocol', "import '../http/log.ts'", 'ground floor'],
  ['http', "import '../usage/points.ts'", 'rooms meet in gateway/'],
  ['auth', "import type { Route } from '../models/snapshot.ts'\nexport type R = Route", 'rooms meet in gateway/'],
  ['models', "export const later = () => import('../providers/provider.ts')", 'rooms meet in gateway/'],
  ['providers', "import '../gateway/config.ts'", 'rooms meet in gateway/'],
  ['usage', "import '@cloudbase/manager-node'", 'rooms meet in gateway/'],
  ['providers', "import 'mysql2/promise'", 'rooms meet in gateway/'],
  ['gateway', "import 'mysql2/promise'", 'heavy packages belong to the room'],
  ['models', 'export const key = process.env.SOME_KEY', 'noProcessEnv'],
] as const

describe('the import arrows', () => {
  const planted: string[] = []

  const plant = (room: string, source: string): string => {
    const folder = mkdtempSync(join('shared', room, 'planted-'))
    planted.push(folder)
    const file = join(folder, 'violation.ts')
    writeFileSync(file, `${source.replaceAll("'../", "'../../")}\n`)
    return file
  }

  let report = ''

  beforeAll(async () => {
    report = await lint(violations.map(([room, source]) => plant(room, source)))
  }, 120_000)

  afterAll(() => {
    for (const folder of planted) rmSync(folder, { recursive: true, force: true })
  })

  test.each(violations)('in %s/ the linter refuses: %s', (...[room, source, complaint]) => {
    const index = violations.findIndex((violation) => violation[0] === room && violation[1] === source)
    const file = join(planted[index] as string, 'violation.ts')
    const complaints = report.split('\n').filter((line) => line.includes(`${file},`))
    expect(complaints.join('\n')).toContain(complaint)
  })
})

/** What the linter says of files, a line each complaint. */
const lint = async (files: readonly string[]): Promise<string> => {
  const options = ['--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none']
  try {
    return (await run('node_modules/.bin/biome', ['lint', ...options, ...files])).stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
