import { accessActions } from './access-actions.ts'
import type { CloudState } from './cloud-state.ts'
import { databaseActions } from './database-actions.ts'
import { environmentActions } from './environment-actions.ts'
import { functionActions } from './function-actions.ts'

type Body = Readonly<Record<string, unknown>>

/** One action of the cloud's API: its answer, or a thrown CloudError. */
export type Action = (state: CloudState, body: Body) => object | Promise<object>

/** What the stand-in can do, by `X-TC-Action`. */
export const actions: Readonly<Record<string, Action>> = {
  ...environmentActions,
  ...functionActions,
  ...accessActions,
  ...databaseActions,
}
