import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import type { FunctionPackage } from '../../functions/function-package.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'
import type { ModelKeys } from '../../settings/model-keys.ts'
import type { Selection } from '../../settings/select-functions.ts'
import type { Finding } from './finding.ts'

/** The input of the examinations: the environment in the cloud, and the gateway in this folder. */
export interface ExaminationInput {
  readonly cloud: Cloud
  /** The functions that this deployment needs, and those that it leaves out. */
  readonly selection: Selection
  /** The settings of the functions that it needs. */
  readonly settings: readonly FunctionSettings[]
  readonly variables: Variables
  readonly modelKeys: ModelKeys
  /** The models of CloudBase itself that `model_map.json` calls, by the names that CloudBase gives them. */
  readonly cloudbaseModels: readonly string[]
  /** Version of the gateway in this folder. */
  readonly version: string
  /** Returns the built code of a function; undefined if it is not built. */
  readonly getPackage: (name: string) => FunctionPackage | undefined
}

/** Examines one subject. An error of `examine` becomes a finding. */
export interface Examination {
  readonly subject: string
  readonly examine: (input: ExaminationInput) => Promise<readonly Finding[]>
}
