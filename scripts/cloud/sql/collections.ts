import { readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'
import { getLimitsName } from '../../../shared/limits/limit-store.ts'
import { getWalletName } from '../../../shared/wallet/wallet-store.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { isNotFound } from '../client/cloud-failure.ts'
import type { Cloud } from '../client/connect.ts'
import { retry } from '../client/retry.ts'

/** One field of an index: `1` ascending, `-1` descending. */
type IndexField = readonly [name: string, direction: '1' | '-1']

/** A collection of the gateway, with its indexes and permission. */
export interface GatewayCollection {
  readonly name: string
  readonly indexes: Readonly<Record<string, readonly IndexField[]>>
  /** Its security rule, or the name of a basic permission. */
  readonly permission: string
  /** The permission in plain words. */
  readonly meaning: string
}

/** The indexes for the queries of the gateway: deliveries that are due, streams whose function ended, the records of
 *  one user, the records of one day. */
const usageIndexes: Readonly<Record<string, readonly IndexField[]>> = {
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

/** The index for the queries of the flush: wallets and grants that are due, keys that are forgotten. */
const walletIndexes: Readonly<Record<string, readonly IndexField[]>> = { due: [['due_at', '1']] }

/** Users can read their own records and write none (CloudBase documentation, "Document database: security rules"). */
const usageRule = JSON.stringify({ read: 'doc.user_id == auth.uid', write: false })

/** Returns the collections that the variables require: usage records; the counts of limits, if users have any; and that of wallets,
 *  counts of quotas and idempotency keys. A user who could write a wallet could give points. */
export const getGatewayCollections = (variables: Variables): GatewayCollection[] => {
  const { USAGE_STORE: store, USAGE_COLLECTION: name } = readEnvironment(variables).values
  if (store !== 'collection') return []
  const meaning = 'users read their own records and write none'
  const records = { name, indexes: usageIndexes, permission: usageRule, meaning }
  const closed = { indexes: {}, permission: 'ADMINONLY', meaning: 'administrators only' }
  return [
    records,
    ...(limitsUsers(variables) ? [{ ...closed, name: getLimitsName(name) }] : []),
    { ...closed, name: getWalletName(name), indexes: walletIndexes },
  ]
}

/** Whether the gateway counts requests of users. */
export const limitsUsers = (variables: Variables): boolean =>
  ['RATE_LIMIT_PER_MINUTE', 'MAX_CONCURRENT_STREAMS'].some((name) => Number(variables[name] ?? 0) > 0)

/** The deployed state of a collection. */
export interface CollectionState {
  readonly indexes: readonly string[]
  /** Its security rule, or the name of a basic permission such as `ADMINONLY`. */
  readonly permission: string
}

/** Reads a collection from the cloud. Returns undefined if it does not exist. */
export const readCollectionState = async ({ app }: Cloud, name: string): Promise<CollectionState | undefined> => {
  try {
    const { Indexes = [] } = await retry(() => app.database.describeCollection(name))
    const { Data } = await retry(() =>
      app.permission.describeResourcePermission({ resourceType: 'collection', resources: [name] }),
    )
    const { SecurityRule, Permission = '' } = Data.PermissionList?.[0] ?? {}
    return { indexes: Indexes.map(({ Name }) => Name), permission: SecurityRule || Permission }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Returns the names of indexes that a collection lacks. */
export const findMissingIndexes = ({ indexes }: GatewayCollection, state: CollectionState | undefined): string[] =>
  Object.keys(indexes).filter((name) => !state?.indexes.includes(name))
