import type { JsonObject } from '../../../shared/runtime/json.ts'
import { isRefused } from '../client/cloud-failure.ts'
import type { Cloud } from '../client/connect.ts'
import { retry } from '../client/retry.ts'

/** Runs one statement in the environment's own PostgreSQL (`ExecutePGSql`, manager-node 5.6). Returns the selected rows, whose values
 *  are texts or null. */
export const runPostgres = async ({ app }: Cloud, sql: string): Promise<JsonObject[]> => {
  const { Columns, Rows } = await retry(() => app.database.executePGSql({ Sql: sql }))
  return (Rows ?? []).map((row) => {
    const values = JSON.parse(row) as unknown[]
    return Object.fromEntries((Columns ?? []).map((column, index) => [column, values[index]]))
  })
}

/** Whether the cloud's API can send statements to a PostgreSQL of the environment.
 *  @throws the cloud's error if it refuses the key pair or cannot be reached */
export const hasPostgres = async (cloud: Cloud): Promise<boolean> => {
  try {
    await runPostgres(cloud, 'SELECT 1')
    return true
  } catch (error) {
    if (isRefused(error)) throw error
    return false
  }
}
