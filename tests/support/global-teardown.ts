import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { findTokenLines, outputVariable } from '../../testing/servers/capture-output.ts'
import { stopServer } from '../../testing/servers/mariadb.ts'
import { runQuery } from '../../testing/servers/run-query.ts'
import { databasePrefix, runVariables, serverFile } from '../../testing/servers/run-server.ts'
import { scriptsVariable } from '../../testing/servers/script-arguments.ts'

/** After all tests: stops the run's database server and removes its files and the compiled scripts. On the server of `TEST_MYSQL_DSN`, drops the run's
 *  databases. */
export default async (): Promise<void> => {
  const { TEST_MYSQL_DSN: givenDsn, [runVariables.folder]: folder = '', [scriptsVariable]: scripts } = process.env
  if (givenDsn) await dropDatabases(givenDsn)
  if (existsSync(serverFile(folder))) await stopServer(JSON.parse(await readFile(serverFile(folder), 'utf8')))
  if (folder) await rm(folder, { recursive: true, force: true })
  if (scripts) await rm(scripts, { recursive: true, force: true })
  await searchOutput(process.env[outputVariable] ?? '')
}

/** Fails the run if a function has printed a token. */
const searchOutput = async (folder: string): Promise<void> => {
  const found = findTokenLines(folder)
  if (folder) await rm(folder, { recursive: true, force: true })
  if (found.length > 0)
    throw new Error(`Functions printed tokens in ${found.length} lines, the first: ${found[0]?.slice(0, 200)}`)
}

const dropDatabases = async (dsn: string): Promise<void> => {
  const found = await runQuery(
    dsn,
    'SELECT schema_name AS name FROM information_schema.schemata WHERE LEFT(schema_name, ?) = ?',
    [databasePrefix().length, databasePrefix()],
  )
  for (const { name } of found) await runQuery(dsn, `DROP DATABASE ${name}`)
}
