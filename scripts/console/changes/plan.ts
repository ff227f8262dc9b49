import type { JsonObject } from '../../../shared/runtime/json.ts'
import type { Workspace } from '../workspace.ts'

/** One thing that changes. Null: it was not there, or will not be. */
export interface PlanItem {
  /** The name of a field, such as `balance` or `api_base`. */
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

/** What a change will do, before it does it. */
export interface Plan {
  readonly items: readonly PlanItem[]
  /** What the owner types to confirm it. Empty: nothing is typed. */
  readonly word: string
  /** What the change replaces. If it differs at the confirmation, the owner must look again. */
  readonly basis: unknown
  /** Does it. Resolves with what was done. */
  readonly apply: () => Promise<JsonObject>
}

/** Plans a change. @throws GatewayError or ConsoleError if the request is wrong */
export type PlanChange = (workspace: Workspace, request: JsonObject) => Promise<Plan>
