import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outputVariable } from '../../testing/servers/capture-output.ts'
import { compileScripts } from '../../testing/servers/compile-scripts.ts'
import { findServer, installServer } from '../../testing/servers/mariadb.ts'
import { runVariables } from '../../testing/servers/run-server.ts'
import { scriptsVariable } from '../../testing/servers/script-arguments.ts'

/** Before all tests: makes the tools speak English, creates the folder for the output of functions, compiles the scripts, and finds
 *  or installs a database server. The first test file that needs the server starts it. */
export default async (): Promise<void> => {
  process.env['LC_ALL'] = 'C'
  process.env[runVariables.guardian] = String(process.pid)
  process.env[outputVariable] = await mkdtemp(join(tmpdir(), 'gateway-output-'))
  process.env[scriptsVariable] = await mkdtemp(join(tmpdir(), 'gateway-scripts-'))
  await compileScripts(process.env[scriptsVariable])
  if (process.env['TEST_MYSQL_DSN']) return
  const program = findServer() ?? installServer()
  if (program) {
    process.env[runVariables.program] = program
    process.env[runVariables.folder] = await mkdtemp(join(tmpdir(), 'gateway-tests-'))
    return
  }
  const help = 'Install mariadb-server-core (Debian) or mariadb (Homebrew), or set TEST_MYSQL_DSN.'
  if (process.env['CI'] === 'true') throw new Error(`There is no database server to test with. ${help}`)
  console.error(`\n!! DATABASE TESTS ARE SKIPPED: there is no database server to test with. ${help}\n`)
}
