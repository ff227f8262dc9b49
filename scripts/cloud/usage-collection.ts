import { isNotFound } from './cloud-failure.ts'
import type { Cloud } from './connect.ts'
import { patiently } from './retry.ts'
import type { Variables } from './variables.ts'

/** The collection of usage records that the variables name; undefined: records are not kept in one. */
export const usageCollection = (variables: Variables): string | undefined =>
  variables['USAGE_STORE'] === 'collection' ? (variables['USAGE_COLLECTION'] ?? 'llm_gateway_usage') : undefined

/** One field of an index: `1` ascending, `-1` descending. */
type IndexField = readonly [name: string, direction: '1' | '-1']

/** The indexes of what the gateway asks: deliveries that are due, answers whose function died, a user's own records, a day's. */
export const usageIndexes: Readonly<Record<string, readonly IndexField[]>> = {
  due: [
    ['delivery', '1'],
    ['next_at', '1'],
  ],
  orphans: [
    ['state', '1'],
    ['deadline_at', '1'],
  ],
  own: [
    ['user_id', '1'],
    ['closed_at', '-1'],
  ],
  days: [['day', '1']],
}

/** Users can read their own records and write none (CloudBase documentation, "Document database: security rules"). */
export const usageRule = JSON.stringify({ read: 'doc.user_id == auth.uid', write: false })

/** A collection as it is deployed. */
export interface CollectionState {
  readonly indexes: readonly string[]
  /** Its security rule, or the name of a basic permission such as `ADMINONLY`. */
  readonly permission: string
}

/** Reads the collection from the cloud; undefined when it is not there. */
export const collectionState = async ({ app }: Cloud, name: string): Promise<CollectionState | undefined> => {
  try {
    const { Indexes = [] } = await patiently(() => app.database.describeCollection(name))
    const { Data } = await patiently(() =>
      app.permission.describeResourcePermission({ resourceType: 'collection', resources: [name] }),
    )
    const { SecurityRule, Permission = '' } = Data.PermissionList?.[0] ?? {}
    return { indexes: Indexes.map(({ Name }) => Name), permission: SecurityRule || Permission }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** The indexes that a collection lacks. */
export const missingIndexes = (state: CollectionState | undefined): string[] =>
  Object.keys(usageIndexes).filter((name) => !state?.indexes.includes(name))
