import { readFile } from 'node:fs/promises'
import { type Postgres, startPostgres } from '../servers/postgres.ts'
import { cloudbaseRoles, type PostgresApi, postgresApi } from './postgres-api.ts'

/** The PostgreSQL of an environment, with CloudBase's API before it. */
export type CloudbasePostgres = PostgresApi & Pick<Postgres, 'query'>

/** Starts PostgreSQL with CloudBase's roles, and its API. Takes some seconds.
 *  @param program the path of `postgres`
 *  @param files those of `scripts/sql/postgres` whose tables it has, without `.sql` */
export const startCloudbasePostgres = async (
  program: string,
  files: readonly string[] = [],
): Promise<CloudbasePostgres> => {
  const { query, close: closeDatabase } = await startPostgres(program)
  await query(cloudbaseRoles)
  for (const file of files) await query(await readFile(`scripts/sql/postgres/${file}.sql`, 'utf8'))
  const api = await postgresApi({ query })
  const close = async (): Promise<void> => {
    await api.close()
    await closeDatabase()
  }
  return { ...api, query, close }
}
