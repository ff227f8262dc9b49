import type { CloudFunction } from '../../../functions.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'
import type { ModelKeys } from '../../settings/model-keys.ts'
import type { UnreadVariable } from './unread-variables.ts'

/** The input of the checks that run before anything is sent. */
export interface PreflightInput {
  readonly settings: readonly FunctionSettings[]
  readonly functions: readonly CloudFunction[]
  readonly variables: Variables
  readonly modelKeys: ModelKeys
  /** Models of `model_map.json` that `model_list.json` does not name, although it names others. */
  readonly unlistedModels: readonly string[]
  /** What the gateway could not use of `model_map.json`, one sentence each. */
  readonly mapFaults: readonly string[]
  readonly unread: readonly UnreadVariable[]
}

/** One check. `find` returns the problems, each with the fix. A `warning` does not stop the deployment. */
export interface PreflightCheck {
  readonly name: string
  readonly level: 'problem' | 'warning'
  readonly find: (input: PreflightInput) => readonly string[]
}
