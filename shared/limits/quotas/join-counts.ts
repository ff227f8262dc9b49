import { createChangeRow, type RowStore } from '../../drivers/change-row.ts'
import { createEmptyCounts, type QuotaState } from './count.ts'
import { toRowId } from './quotas.ts'

/** Two ids of one user. */
export interface JoinedIds {
  /** The id whose calls count as those of the other. */
  readonly alias: string
  readonly user_id: string
}

/** Makes the calls of two ids of one user count together, for good. What the alias has counted before ends with its windows. A repeat
 *  has no effect.
 *  @throws if the store cannot be used */
export const joinCounts = (store: RowStore, { alias, user_id }: JoinedIds): Promise<void> => {
  const change = createChangeRow<QuotaState>(store, { create: createEmptyCounts })
  return change(toRowId('user', alias), (state) => {
    state.owner = toRowId('user', user_id)
  })
}
