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

  const complaints = new Map<string, string>()

  beforeAll(async () => {
    const files = violations.map(([room, source]) => plant(room, source))
    for (const file of files) complaints.set(file, await lint(file))
  }, 60_000)

  afterAll(() => {
    for (const folder of planted) rmSync(folder, { recursive: true, force: true })
  })

  test.each(violations)('in %s/ the linter refuses: %s', (...[room, source, complaint]) => {
    const index = violations.findIndex((violation) => violation[0] === room && violation[1] === source)
    expect(complaints.get(join(planted[index] as string, 'violation.ts'))).toContain(complaint)
  })
})

const lint = async (file: string): Promise<string> => {
  try {
    const { stdout } = await run('node_modules/.bin/biome', ['lint', '--vcs-enabled=false', '--colors=off', file])
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr
  }
}
