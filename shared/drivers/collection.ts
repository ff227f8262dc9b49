import { isObject, type JsonObject } from '../runtime/json.ts'
import { once } from '../runtime/memoize.ts'
import type { CloudbaseAccess, CloudbaseApp } from './cloudbase.ts'
import type { SocketWork } from './kept-sockets.ts'

/** A collection of an environment's document database. */
export interface CollectionOptions extends CloudbaseAccess {
  readonly collection: string
  /** The timeout of an operation in milliseconds. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

type Db = ReturnType<CloudbaseApp['database']>
type Documents = ReturnType<Db['collection']>

type Operation<Result> = (rows: Documents, db: Db) => Promise<Result>

/** Runs operations on a collection. If the collection is missing, creates it and tries again. `timeoutMs` is the timeout of one
 *  operation; default: that of the options. */
export interface Collection {
  /** Runs an operation once. */
  readonly run: <Result>(operation: Operation<Result>, timeoutMs?: number) => Promise<Result>
  /** Runs an operation that may run twice: tries again on a new connection if the first one is lost, or if a kept one does
   *  not respond. Not for a change whose result counts, unless the change can be recognised afterwards. */
  readonly runAgain: <Result>(operation: Operation<Result>) => Promise<Result>
}

/** Opens a collection through `@cloudbase/node-sdk` 3.18.3. The SDK is loaded on first use. */
export const createCollection = (options: CollectionOptions): Collection => {
  const { collection, timeoutMs: usualTimeoutMs = 1_500 } = options
  const connect = once(async () => {
    const { getCloudbaseApp } = await import('./cloudbase.ts')
    return { db: (await getCloudbaseApp(options)).database(), ...(await import('./kept-sockets.ts')) }
  })
  const attempt = async <Result>(operation: Operation<Result>, how: SocketWork): Promise<Result> => {
    const { db, useSockets } = await connect()
    return useSockets(() => operation(db.collection(collection), db), how)
  }
  const execute = <Result>(
    operation: Operation<Result>,
    isRepeatable: boolean,
    timeoutMs = usualTimeoutMs,
  ): Promise<Result> =>
    attempt(operation, { timeoutMs, isRepeatable }).catch(async (error: unknown) => {
      if (getErrorCode(error) !== 'DATABASE_COLLECTION_NOT_EXIST') throw error
      // Another instance may create it at the same moment.
      const how = { timeoutMs: usualTimeoutMs, isRepeatable: false }
      await attempt((_, db) => db.createCollection(collection), how).catch(() => undefined)
      return attempt(operation, { timeoutMs, isRepeatable })
    })
  return {
    run: (operation, timeoutMs) => execute(operation, false, timeoutMs),
    runAgain: (operation) => execute(operation, true),
  }
}

/** Returns the objects of a response's list. Throws if there is no list: the SDK passes on any response unchecked. */
export const getList = (data: unknown): JsonObject[] => {
  if (!Array.isArray(data)) throw new Error('The database response has no list.')
  return data.filter(isObject)
}

/** Returns the number of documents that an update changed. Throws if the response has none. */
export const getUpdated = ({ updated }: { readonly updated?: unknown }): number => {
  if (typeof updated !== 'number') throw new Error('The database response has no number of changed documents.')
  return updated
}

/** Whether an update of one document changed it. Throws if the response does not tell. */
export const isUpdated = (response: { readonly updated?: unknown }): boolean => getUpdated(response) === 1

const getErrorCode = (error: unknown): unknown => (isObject(error) ? error['code'] : undefined)

/** Adds documents with `add`. A document whose `_id` is there already stays as it is. */
export const addMissing = async <Document>(
  documents: readonly Document[],
  add: (documents: Document[]) => Promise<unknown>,
): Promise<void> => {
  await add([...documents]).catch(async (error: unknown) => {
    if (!isDuplicateError(error)) throw error
    // One that is there already may have kept out the others.
    if (documents.length > 1) await Promise.all(documents.map((document) => addMissing([document], add)))
  })
}

/** Whether an insert failed because there is a document with the same id. The code is `DATABASE_DUPLICATE_WRITE`
 *  (CloudBase documentation, "error codes"); older gateways pass on MongoDB's E11000. */
const isDuplicateError = (error: unknown): boolean =>
  getErrorCode(error) === 'DATABASE_DUPLICATE_WRITE' || (error instanceof Error && error.message.includes('E11000'))
