import { isObject, type JsonObject } from '../runtime/json.ts'
import { once } from '../runtime/memoize.ts'
import { withTimeout } from '../runtime/timeout.ts'
import type { CloudbaseAccess, CloudbaseApp } from './cloudbase.ts'

export interface CollectionOptions extends CloudbaseAccess {
  readonly collection: string
  /** How long an operation may take, in milliseconds. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

type Db = ReturnType<CloudbaseApp['database']>
type Documents = ReturnType<Db['collection']>

/** Runs operations on a collection of the environment's document database, through `@cloudbase/node-sdk` 3.18.3, which is read on
 *  first use; a second time where the first finds that there is no collection yet. */
export const createCollection = (options: CollectionOptions) => {
  const { collection, timeoutMs: timeout = 1_500 } = options
  const connect = once(async (): Promise<Db> => {
    const { getCloudbaseApp } = await import('./cloudbase.ts')
    return (await getCloudbaseApp(options)).database()
  })
  return async <Result>(operation: (rows: Documents, db: Db) => Promise<Result>): Promise<Result> => {
    const db = await connect()
    const attempt = () => withTimeout(timeout, operation(db.collection(collection), db))
    return attempt().catch(async (error: unknown) => {
      if (getErrorCode(error) !== 'DATABASE_COLLECTION_NOT_EXIST') throw error
      await withTimeout(timeout, db.createCollection(collection)).catch(() => undefined)
      return attempt()
    })
  }
}

/** A reply without a list is no answer: the SDK passes on whatever came. */
export const getList = (data: unknown): JsonObject[] => {
  if (!Array.isArray(data)) throw new Error('the database answered without a list')
  return data.filter(isObject)
}

/** Whether an update of one document changed it. */
export const isUpdated = ({ updated }: { readonly updated?: unknown }): boolean => {
  if (updated !== 0 && updated !== 1) throw new Error('the database did not say how many documents it changed')
  return updated === 1
}

const getErrorCode = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/** CloudBase documentation, "error codes": `DATABASE_DUPLICATE_WRITE`; older gateways pass on MongoDB's E11000. */
export const isDuplicateError = (error: unknown): boolean =>
  getErrorCode(error) === 'DATABASE_DUPLICATE_WRITE' || (error instanceof Error && error.message.includes('E11000'))
