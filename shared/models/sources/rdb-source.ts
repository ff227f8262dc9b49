import type { CloudbaseAccess } from '../../drivers/cloudbase.ts'
import { createQueryFactory, isMissingTable, type NewQuery, type RdbResult } from '../../drivers/rdb.ts'
import { type JsonObject, listObjects } from '../../runtime/json.ts'
import type { LoadedMap, MapSource } from './source.ts'
import { createSourceError, missingTable } from './source-errors.ts'
import { maxTableRows, stateTable, type TableName, toLoadedMap } from './table.ts'

/** The table, and the environment that holds it. */
export interface RdbSourceOptions extends CloudbaseAccess {
  readonly table: TableName
}

const rowsPerPage = 1_000

/** The model map in a table of the environment's database, over CloudBase's HTTPS API: no VPC, no password. */
export const createRdbSource = (options: RdbSourceOptions): MapSource => {
  const { table } = options.table
  const createQuery = createQueryFactory({ ...options, database: options.table.database })
  /** Whether there is a table of versions, as far as is known. */
  let hasState = true

  const getRevision = async (): Promise<string> => {
    if (!hasState) return getNewestChange(await createQuery(table))
    const { query } = await createQuery(stateTable)
    const result = await query.select('version').eq('name', table).limit(1)
    if (isMissingTable(result)) {
      hasState = false
      return getNewestChange(await createQuery(table))
    }
    const [row] = listObjects(requireData(result))
    return String(row?.['version'] ?? '')
  }

  const publish = async (version: string): Promise<string> => {
    hasState = true
    const published = await getRevision()
    if (!hasState || published === version) return published
    const { query } = await createQuery(stateTable)
    requireData(await query.upsert({ name: table, version }, { onConflict: 'name' }))
    return version
  }

  const readPage: ReadPage = async (first) => getPage(await createQuery(table), first)
  const read = async (): Promise<LoadedMap> => toLoadedMap(await readAllRows(readPage), 'rdb')
  return { name: 'rdb', revision: getRevision, read, publish }
}

/** The revision of a table without a table of versions: the time of its last change, and the number of its rows. */
const getNewestChange = async ({ query }: NewQuery): Promise<string> => {
  const columns = query.select('updated_at', { count: 'exact' })
  const result = await columns.order('updated_at', { ascending: false }).limit(1)
  const [row] = listObjects(requireData(result))
  return `newest ${String(row?.['updated_at'] ?? '')} ${getCount(result) ?? ''}`
}

const getPage = async ({ query }: NewQuery, first: number): Promise<Page> => {
  const ordered = query.select('*', { count: 'exact' }).order('model_name')
  const result = await ordered.range(first, first + rowsPerPage - 1)
  return { rows: listObjects(requireData(result)), count: getCount(result) }
}

/** If the API does not count, the SDK's count is `NaN`. */
const getCount = ({ count }: RdbResult): number | undefined => (Number.isInteger(count) ? Number(count) : undefined)

interface Page {
  readonly rows: JsonObject[]
  /** The number of all rows, if the API counts them. */
  readonly count: number | undefined
}

/** Reads the page that begins with a row. */
type ReadPage = (first: number) => Promise<Page>

/** Reads page by page, because the API cuts long results without a notice. */
const readAllRows = async (readPage: ReadPage): Promise<JsonObject[]> => {
  const all: JsonObject[] = []
  while (all.length <= maxTableRows) {
    const { rows, count } = await readPage(all.length)
    all.push(...rows)
    if (all.length === count) break
    if (rows.length > 0) continue
    if (count === undefined || count < all.length) break
    throw createSourceError('The database returned a part of the table only.')
  }
  return all
}

const requireData = (result: RdbResult): unknown => {
  if (!result.error) return result.data
  throw createSourceError(getHelp(result), result.error)
}

const getHelp = (result: RdbResult): string => {
  if (isMissingTable(result)) return missingTable
  if (result.status === 401 || result.status === 403)
    return 'CloudBase refuses the key. Check CLOUDBASE_APIKEY and the permissions of the table.'
  if (result.status === 0) return 'CloudBase cannot be reached. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION.'
  return `The database API responded with status ${result.status}.`
}
