import type CloudBase from '@cloudbase/node-sdk'
import { isObject, type JsonObject } from '../protocol/json.ts'
import { totalsOfGroups, totalsStages } from './collection-totals.ts'
import type { UsageRow } from './usage-row.ts'
import { storeTimeoutMs, type UsageStore } from './usage-store.ts'
import { inTime } from './within.ts'

export interface CollectionStoreOptions {
  readonly envId: string
  readonly region: string
  readonly collection: string
  readonly credentials: CloudbaseCredentials
}

/** What the SDK authenticates with: an API key, or a key pair. */
export type CloudbaseCredentials =
  | { readonly accessKey: string }
  | { readonly secretId: string; readonly secretKey: string }

/** Keeps rows in a collection of the environment's document database, through `@cloudbase/node-sdk` 3.18.3, which is read on
 *  first use. A row's id is its document's `_id`. A missing collection is created. */
export const collectionStore = (options: CollectionStoreOptions): UsageStore => {
  const run = collectionRunner(options)
  return {
    insert: async ({ id, ...fields }) => {
      await run((rows) => rows.add({ ...fields, _id: id })).catch((error: unknown) => {
        if (!isDuplicate(error)) throw error
      })
    },
    change: async (id, when, set) => {
      const { updated } = await run((rows) => rows.where({ _id: id, ...when }).update(set))
      if (updated !== 0 && updated !== 1) throw new Error('the database did not say how many documents it changed')
      return updated === 1
    },
    read: async (id) => rowsOf(await run((rows) => rows.where({ _id: id }).limit(1).get()))[0],
    find: async ({ equal, atMost: { field, value }, order, limit, skip = 0 }) => {
      const direction = order === 'ascending' ? 'asc' : 'desc'
      const found = await run((rows, db) =>
        rows
          .where({ ...equal, [field]: db.command.lte(value) })
          .orderBy(field, direction)
          .orderBy('_id', 'asc')
          .skip(skip)
          .limit(limit)
          .get(),
      )
      return rowsOf(found)
    },
    totals: async (query) => {
      const stages = totalsStages(query)
      const { data } = await run((rows) => rows.options({ raw: true }).aggregate(stages).end())
      return totalsOfGroups(listOf(data), query)
    },
    end: () => Promise.resolve(),
  }
}

type Db = ReturnType<ReturnType<typeof CloudBase.init>['database']>
type Rows = ReturnType<Db['collection']>

/** Runs an operation on the collection, a second time where the first finds that there is no collection yet. */
const collectionRunner = ({ envId, region, collection, credentials }: CollectionStoreOptions) => {
  const connect = async (): Promise<Db> => {
    const { default: cloudbase } = await import('@cloudbase/node-sdk')
    const app = cloudbase.init({ env: envId, region, timeout: storeTimeoutMs, keepalive: true, ...credentials })
    return app.database()
  }
  let connecting: Promise<Db> | undefined
  return async <Result>(operation: (rows: Rows, db: Db) => Promise<Result>): Promise<Result> => {
    connecting ??= connect()
    const db = await connecting
    const attempt = () => inTime(storeTimeoutMs, operation(db.collection(collection), db))
    return attempt().catch(async (error: unknown) => {
      if (codeOf(error) !== 'DATABASE_COLLECTION_NOT_EXIST') throw error
      await inTime(storeTimeoutMs, db.createCollection(collection)).catch(() => undefined)
      return attempt()
    })
  }
}

const rowsOf = ({ data }: { data?: unknown }): UsageRow[] =>
  listOf(data).map(({ _id: id, ...fields }) => ({ ...fields, id }) as unknown as UsageRow)

/** A reply without a list is no answer: the SDK passes on whatever came. */
const listOf = (data: unknown): JsonObject[] => {
  if (!Array.isArray(data)) throw new Error('the database answered without a list')
  return data.filter(isObject)
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/** CloudBase documentation, "error codes": `DATABASE_DUPLICATE_WRITE`; older gateways pass on MongoDB's E11000. */
const isDuplicate = (error: unknown): boolean =>
  codeOf(error) === 'DATABASE_DUPLICATE_WRITE' || (error instanceof Error && error.message.includes('E11000'))
