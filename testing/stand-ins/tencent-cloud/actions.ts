import { accessActions } from './access-actions.ts'
import type { Action } from './action.ts'
import { databaseActions } from './database-actions.ts'
import { environmentActions } from './environment-actions.ts'
import { functionActions } from './function-actions.ts'
import { hostingActions } from './hosting-actions.ts'

/** The actions of the stand-in, by `X-TC-Action`. */
export const actions: Readonly<Record<string, Action>> = {
  ...environmentActions,
  ...functionActions,
  ...accessActions,
  ...databaseActions,
  ...hostingActions,
}
