import { isObject, type JsonObject } from '../runtime/json.ts'
import { once } from '../runtime/memoize.ts'
import { withTimeout } from '../runtime/timeout.ts'
import type { CloudbaseAccess, CloudbaseApp } from './cloudbase.ts'

/** A collection of an environment's document database. */
export interface CollectionOptions extends CloudbaseAccess {
  readonly collection: string
  /** The timeout of an operation in milliseconds. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

type Db = ReturnType<CloudbaseApp['database']>
type Documents = ReturnType<Db['collection']>

/** Returns a function that runs operations on a collection, through `@cloudbase/node-sdk` 3.18.3. The SDK is loaded on
 *  first use. If the collection is missing, the function creates it and tries again. */
export const createCollection = (options: CollectionOptions) => {
  const { collection, timeoutMs = 1_500 } = options
  const connect = once(async (): Promise<Db> => {
    const { getCloudbaseApp } = await import('./cloudbase.ts')
    return (await getCloudbaseApp(options)).database()
  })
  return async <Result>(operation: (rows: Documents, db: Db) => Promise<Result>): Promise<Result> => {
    const db = await connect()
    const attempt = () => withTimeout(timeoutMs, operation(db.collection(collection), db))
    return attempt().catch(async (error: unknown) => {
      if (getErrorCode(error) !== 'DATABASE_COLLECTION_NOT_EXIST') throw error
      // Another instance may create it at the same moment.
      await withTimeout(timeoutMs, db.createCollection(collection)).catch(() => undefined)
      return attempt()
    })
  }
}

/** Returns the objects of a response's list. Throws if there is no list: the SDK passes on any response unchecked. */
export const getList = (data: unknown): JsonObject[] => {
  if (!Array.isArray(data)) throw new Error('The database response has no list.')
  return data.filter(isObject)
}

/** Whether an update of one document changed it. Throws if the response has no number of changed documents. */
export const isUpdated = ({ updated }: { readonly updated?: unknown }): boolean => {
  if (updated !== 0 && updated !== 1) throw new Error('The database response has no number of changed documents.')
  return updated === 1
}

const getErrorCode = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/** Whether an insert failed because there is a document with the same id. The code is `DATABASE_DUPLICATE_WRITE`
 *  (CloudBase documentation, "error codes"); older gateways pass on MongoDB's E11000. */
export const isDuplicateError = (error: unknown): boolean =>
  getErrorCode(error) === 'DATABASE_DUPLICATE_WRITE' || (error instanceof Error && error.message.includes('E11000'))
