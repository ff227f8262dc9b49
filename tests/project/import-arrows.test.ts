import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const run = promisify(execFile)

/** Imports that a room must not have: room, import, and a part of the linter's message. */
const violations = [
  ['runtime', "import '../protocol/errors.ts'", 'ground floor'],
  ['drivers', "import '../protocol/errors.ts'", 'packages it owns'],
  ['protocol', "import '../drivers/mysql.ts'", 'runtime/ only'],
  ['http', "import '../usage/cost/pricing.ts'", 'rooms meet in gateway/'],
  ['auth', "import type { Route } from '../models/snapshot.ts'\nexport type R = Route", 'rooms meet in gateway/'],
  ['models', "export const later = () => import('../providers/provider.ts')", 'rooms meet in gateway/'],
  ['models/entries', "import '../sources/source.ts'", 'rooms meet in gateway/'],
  ['models/sources', "import '../registry.ts'", 'rooms meet in gateway/'],
  ['providers', "import '../gateway/config/config.ts'", 'rooms meet in gateway/'],
  ['providers/normalize', "import '../response/chunk-stream.ts'", 'rooms meet in gateway/'],
  ['providers/normalize/tool-calls', "import '../rules.ts'", 'rooms meet in gateway/'],
  ['providers/response', "import '../exchange.ts'", 'rooms meet in gateway/'],
  ['wires/embeddings', "import '../../providers/exchange.ts'", 'rooms meet in gateway/'],
  ['wires/embeddings', "import '../../drivers/http-request.ts'", 'rooms meet in gateway/'],
  ['wires/fields', "import '../embeddings/inputs.ts'", 'rooms meet in gateway/'],
  ['limits', "import '../usage/store/store.ts'", 'rooms meet in gateway/'],
  ['limits/quotas', "import '../limiter.ts'", 'rooms meet in gateway/'],
  ['usage', "import '@cloudbase/manager-node'", 'rooms meet in gateway/'],
  ['usage/store', "import '../ledger/ledger.ts'", 'rooms meet in gateway/'],
  ['usage/store/file', "import '../mysql/table.ts'", 'rooms meet in gateway/'],
  ['providers', "import 'mysql2/promise'", 'rooms meet in gateway/'],
  ['gateway', "import 'mysql2/promise'", 'heavy packages belong to the room'],
  ['gateway/config', "import '../relay/relay.ts'", 'heavy packages belong to the room'],
  ['gateway/stores', "import '../call/metering.ts'", 'heavy packages belong to the room'],
  ['gateway/call', "import '../relay/relay.ts'", 'heavy packages belong to the room'],
  ['auth/tokens', "import '../authenticate.ts'", 'rooms meet in gateway/'],
  ['gateway/relay', "import '../account/get-usage.ts'", 'heavy packages belong to the room'],
  ['gateway/account', "import '../relay/relay.ts'", 'heavy packages belong to the room'],
  ['gateway/flush', "import '../call/metering.ts'", 'heavy packages belong to the room'],
  ['gateway/call/holds', "import '../metering.ts'", 'heavy packages belong to the room'],
  ['gateway/config/variables', "import '../config.ts'", 'heavy packages belong to the room'],
  ['gateway/health', "import '../call/admit.ts'", 'heavy packages belong to the room'],
  ['models', 'export const key = process.env.SOME_KEY', 'noProcessEnv'],
] as const

describe('forbidden imports', () => {
  // A separate folder with the linter's rules: a temporary file in `shared/` would disturb other tests.
  const root = mkdtempSync(join(tmpdir(), 'arrows-'))
  const getFile = (violation: number): string => join('shared', violations[violation]?.[0] ?? '', `${violation}.ts`)
  let report = ''

  beforeAll(async () => {
    copyFileSync('biome.json', join(root, 'biome.json'))
    for (const [index, [room, source]] of violations.entries()) {
      mkdirSync(join(root, 'shared', room), { recursive: true })
      writeFileSync(join(root, getFile(index)), `${source}\n`)
    }
    writeFileSync(join(root, 'shared/protocol/first.ts'), circle('second'))
    writeFileSync(join(root, 'shared/protocol/second.ts'), circle('first'))
    report = await lint(root)
  }, 120_000)

  afterAll(() => rmSync(root, { recursive: true }))

  test('are refused by the linter if two files import each other, even for types only', () => {
    const messages = report.split('\n').filter((line) => line.includes('shared/protocol/first.ts,'))
    expect(messages.join('\n')).toContain('noImportCycles')
  })

  test.each(violations)('are refused by the linter in %s/: %s', (...[room, source, message]) => {
    const index = violations.findIndex((violation) => violation[0] === room && violation[1] === source)
    const messages = report.split('\n').filter((line) => line.includes(`${getFile(index)},`))
    expect(messages.join('\n')).toContain(message)
  })
})

describe('files that hold state of an instance', () => {
  const sources = readdirSync('shared', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

  test.each(['drivers/cloudbase.ts', 'drivers/mysql-pool.ts'])(
    'are imported with await import() only, so that they are bundled once: %s',
    (stateful) => {
      const name = stateful.slice(stateful.lastIndexOf('/'))
      const importing = sources.filter((file) => {
        const text = readFileSync(join('shared', file), 'utf8')
        return [...text.matchAll(/^import (?!type )[^;]*? from '([^']+)'/gm)].some(([, path = '']) =>
          path.endsWith(name),
        )
      })
      expect(importing).toEqual([])
    },
  )
})

/** Returns a file that imports a type of the file beside it, which imports one of it. */
const circle = (beside: string): string =>
  `import type { Next } from './${beside}.ts'\n\nexport type Own = Next\nexport interface Next {\n  next: number\n}\n`

/** Returns the linter's messages about the files in a folder, one per line. */
const lint = async (folder: string): Promise<string> => {
  const options = ['--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none']
  try {
    return (await run(resolve('node_modules/.bin/biome'), ['lint', ...options, 'shared'], { cwd: folder })).stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
