import type CloudBase from '@cloudbase/node-sdk'
import { isObject, type JsonObject } from '../runtime/json.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { storeTimeoutMs } from '../usage/store/store.ts'

export interface CollectionOptions {
  readonly envId: string
  readonly region: string
  readonly collection: string
  readonly credentials: CloudbaseCredentials
  /** How long an operation may take, in milliseconds. Default `storeTimeoutMs`. */
  readonly timeoutMs?: number
}

/** What the SDK authenticates with: an API key, or a key pair. */
export type CloudbaseCredentials =
  | { readonly accessKey: string }
  | { readonly secretId: string; readonly secretKey: string }

type Db = ReturnType<ReturnType<typeof CloudBase.init>['database']>
type Documents = ReturnType<Db['collection']>

/** Runs operations on a collection of the environment's document database, through `@cloudbase/node-sdk` 3.18.3, which is read on
 *  first use; a second time where the first finds that there is no collection yet. */
export const createCollection = (options: CollectionOptions) => {
  const { envId, region, collection, credentials, timeoutMs: timeout = storeTimeoutMs } = options
  const connect = async (): Promise<Db> => {
    const { default: cloudbase } = await import('@cloudbase/node-sdk')
    const app = cloudbase.init({ env: envId, region, timeout, keepalive: true, ...credentials })
    return app.database()
  }
  let connecting: Promise<Db> | undefined
  return async <Result>(operation: (rows: Documents, db: Db) => Promise<Result>): Promise<Result> => {
    connecting ??= connect()
    const db = await connecting
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
