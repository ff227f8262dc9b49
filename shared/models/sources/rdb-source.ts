import type { CloudbaseAccess } from '../../drivers/cloudbase.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { MapSource } from './source.ts'
import { sourceError } from './source-errors.ts'
import { maxRows, stateTable, type TableName, toLoadedMap, toRows } from './table.ts'

export interface RdbSourceOptions extends CloudbaseAccess {
  readonly table: TableName
}

/** What the SDK resolves to, whatever happens: it never rejects (`@cloudbase/node-sdk` 3.18, `app.rdb()`). */
interface RdbResult {
  readonly data: unknown
  readonly error: { readonly code?: string | undefined } | null
  readonly status: number
  readonly count?: number | null
}

/** A query being built: what is used of PostgREST's builder, which the SDK's types leave out. */
interface RdbQuery extends PromiseLike<RdbResult> {
  readonly select: (columns: string, options?: { readonly count: 'exact' }) => RdbQuery
  readonly eq: (column: string, value: string) => RdbQuery
  readonly order: (column: string, options?: { readonly ascending: boolean }) => RdbQuery
  readonly limit: (rows: number) => RdbQuery
  readonly range: (from: number, to: number) => RdbQuery
  readonly upsert: (row: object, options: { readonly onConflict: string }) => RdbQuery
}

interface RdbApp {
  readonly rdb: (options: { readonly database: string }) => { readonly from: (table: string) => RdbQuery }
}

const pageSize = 1_000

/** The model map in a table of the environment's database, over CloudBase's HTTPS API: no VPC, no password. The SDK is loaded
 *  with the first query. It gets the API key or is not started at all, because without one it rejects where nobody listens. */
export const rdbSource = (options: RdbSourceOptions): MapSource => {
  const { table, database } = options.table
  let hasState = true
  const from = async (name: string): Promise<{ query: RdbQuery }> => {
    const { getCloudbaseApp } = await import('../../drivers/cloudbase.ts')
    const app: unknown = await getCloudbaseApp(options)
    return { query: (app as RdbApp).rdb({ database: database ?? options.envId }).from(name) }
  }

  const stamp = async (): Promise<string> => {
    if (!hasState) return newest()
    const { query } = await from(stateTable)
    const answer = await query.select('version').eq('name', table).limit(1)
    if (isMissingTable(answer)) {
      hasState = false
      return newest()
    }
    const [row] = toRows(requireData(answer))
    return String(row?.['version'] ?? '')
  }

  /** Where nobody made the table of stamps: when a row last changed, and how many there are. */
  const newest = async (): Promise<string> => {
    const { query } = await from(table)
    const columns = query.select('updated_at', { count: 'exact' })
    const answer = await columns.order('updated_at', { ascending: false }).limit(1)
    const [row] = toRows(requireData(answer))
    return `newest ${String(row?.['updated_at'] ?? '')} ${getCount(answer) ?? ''}`
  }

  const page: ReadPage = async (first) => {
    const { query } = await from(table)
    const ordered = query.select('*', { count: 'exact' }).order('model_name')
    const answer = await ordered.range(first, first + pageSize - 1)
    return { rows: toRows(requireData(answer)), count: getCount(answer) }
  }

  const publish = async (version: string): Promise<string> => {
    hasState = true
    const published = await stamp()
    if (!hasState || published === version) return published
    const { query } = await from(stateTable)
    requireData(await query.upsert({ name: table, version }, { onConflict: 'name' }))
    return version
  }

  return { name: 'rdb', revision: stamp, read: async () => toLoadedMap(await allRows(page), 'rdb'), publish }
}

/** An API that does not count makes the SDK answer `NaN`. */
const getCount = ({ count }: RdbResult): number | undefined => (Number.isInteger(count) ? Number(count) : undefined)

/** Some rows from the given one on, and how many there are in all where the API says so. */
type ReadPage = (first: number) => Promise<{ readonly rows: JsonObject[]; readonly count: number | undefined }>

/** Page by page, because the API cuts long answers without a word. */
const allRows = async (page: ReadPage): Promise<JsonObject[]> => {
  const all: JsonObject[] = []
  while (all.length <= maxRows) {
    const { rows, count } = await page(all.length)
    all.push(...rows)
    if (all.length === count) break
    if (rows.length > 0) continue
    if (count === undefined || count < all.length) break
    throw sourceError('The database returned a part of the table only.')
  }
  return all
}

/** PostgREST, "Errors": the table is not in the schema cache, or the database says so itself. */
const isMissingTable = ({ error, status }: RdbResult): boolean =>
  error !== null && (status === 404 || ['PGRST205', '42P01', 'ER_NO_SUCH_TABLE'].includes(error.code ?? ''))

const requireData = (answer: RdbResult): unknown => {
  if (!answer.error) return answer.data
  throw sourceError(getHelp(answer), answer.error)
}

const getHelp = (answer: RdbResult): string => {
  if (isMissingTable(answer))
    return 'The table does not exist. Create it with scripts/sql/model-map.sql, or correct REMOTE_CONFIG_TABLE.'
  if (answer.status === 401 || answer.status === 403)
    return 'CloudBase refuses the key. Check CLOUDBASE_APIKEY and the permissions of the table.'
  if (answer.status === 0) return 'CloudBase cannot be reached. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION.'
  return `The database API answered with status ${answer.status}.`
}
