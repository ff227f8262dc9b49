import { isObject, type JsonObject } from '../runtime/json.ts'
import type { CloudbaseAccess } from './cloudbase.ts'

/** The environment's SQL database behind CloudBase's HTTPS API. */
export interface RdbOptions extends CloudbaseAccess {
  /** The database of MySQL or the schema of PostgreSQL. Default: the environment's own. */
  readonly database?: string | undefined
  /** The timeout of a query in milliseconds. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

/** The result of a query. A query never rejects (`@cloudbase/node-sdk` 3.18, `app.rdb()`). */
export interface RdbResult {
  readonly data: unknown
  readonly error: { readonly code?: string | undefined } | null
  /** The HTTP status; 0 if there was no response. */
  readonly status: number
  readonly count?: number | null
}

/** A query being built: the part of PostgREST's builder that is used here. The SDK's types leave it out. */
export interface RdbQuery extends PromiseLike<RdbResult> {
  readonly select: (columns: string, options?: { readonly count: 'exact' }) => RdbQuery
  readonly update: (set: object) => RdbQuery
  readonly upsert: (
    rows: object,
    options: { readonly onConflict: string; readonly ignoreDuplicates?: boolean },
  ) => RdbQuery
  readonly delete: () => RdbQuery
  readonly eq: (column: string, value: string | number | boolean) => RdbQuery
  readonly is: (column: string, value: null) => RdbQuery
  readonly in: (column: string, values: readonly string[]) => RdbQuery
  readonly gte: (column: string, value: string | number) => RdbQuery
  readonly lte: (column: string, value: string | number) => RdbQuery
  readonly order: (column: string, options?: { readonly ascending: boolean }) => RdbQuery
  readonly limit: (rows: number) => RdbQuery
  readonly range: (from: number, to: number) => RdbQuery
}

interface RdbApp {
  readonly rdb: (options: { readonly database: string }) => { readonly from: (table: string) => RdbQuery }
}

/** A query that has not been sent. It is inside an object, because `await` sends a query. */
export interface NewQuery {
  readonly query: RdbQuery
}

/** Creates queries on tables. The SDK is loaded with the first one. It is never started without an API key, because it then rejects
 *  a promise that no code handles. */
export const createQueryFactory =
  (options: RdbOptions) =>
  async (table: string): Promise<NewQuery> => {
    const { getCloudbaseApp } = await import('./cloudbase.ts')
    const app: unknown = await getCloudbaseApp(options)
    return { query: (app as RdbApp).rdb({ database: options.database ?? options.envId }).from(table) }
  }

/** Runs queries. */
export interface Rdb {
  /** Runs a query once. Rejects with the code of the API's error. */
  readonly run: RunQuery
  /** Runs a query that may run twice: tries again on a new connection if the first one is lost, or if a kept one does not respond. */
  readonly runAgain: RunQuery
}

/** `timeoutMs` is the timeout of one query; default: that of the options. */
export type RunQuery = (
  table: string,
  build: (query: RdbQuery) => RdbQuery,
  timeoutMs?: number | undefined,
) => Promise<RdbResult>

const defaultRdbTimeoutMs = 1_500

/** Creates a runner of queries. Nothing is loaded or connected before the first query. */
export const createRdb = (options: RdbOptions): Rdb => {
  const { timeoutMs: usualTimeoutMs = defaultRdbTimeoutMs } = options
  const createQuery = createQueryFactory(options)
  const createRunner =
    (isRepeatable: boolean): RunQuery =>
    async (table, build, timeoutMs = usualTimeoutMs) => {
      const { useSockets } = await import('./kept-sockets.ts')
      const work = async (): Promise<RdbResult> => {
        const { query } = await createQuery(table)
        const result = await build(query)
        if (result.error) throw toRdbError(result)
        return result
      }
      return useSockets(work, { timeoutMs, isRepeatable })
    }
  return { run: createRunner(false), runAgain: createRunner(true) }
}

/** Returns the rows of a result. Throws if it has no list of rows: the API may pass on any response. */
export const getRdbRows = ({ data }: RdbResult): JsonObject[] => {
  if (!Array.isArray(data)) throw new Error('The response of the database API has no list.')
  return data.filter(isObject)
}

/** Whether the table is missing in PostgREST's schema cache or in the database itself (PostgREST documentation, "Errors"). */
export const isMissingTable = ({ error, status }: RdbResult): boolean =>
  error !== null && (status === 404 || ['PGRST205', '42P01', 'ER_NO_SUCH_TABLE'].includes(error.code ?? ''))

/** Rethrows an error, unless the table is missing. */
export const ignoreMissingTable = (error: unknown): void => {
  if (!(error instanceof MissingTableError)) throw error
}

class MissingTableError extends Error {
  override readonly name = 'MissingTableError'
}

/** The API's own message may hold an address, so it is left out. Without a response, the connection counts as lost: the SDK does not
 *  say why. */
const toRdbError = (result: RdbResult): Error => {
  const { error, status } = result
  const thrown = isMissingTable(result)
    ? new MissingTableError('The table does not exist. Run the files of scripts/sql/postgres on the database.')
    : new Error(`The database API responded with status ${status}.`)
  return Object.assign(thrown, { code: status === 0 ? 'ECONNRESET' : error?.code })
}
