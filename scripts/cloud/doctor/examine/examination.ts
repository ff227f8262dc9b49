import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import type { FunctionPackage } from '../../functions/function-package.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'
import type { ModelKeys } from '../../settings/model-keys.ts'
import type { Finding } from './finding.ts'

/** What the doctor compares: the environment in the cloud, and what this folder says it should be. */
export interface ExaminationInput {
  readonly cloud: Cloud
  readonly settings: readonly FunctionSettings[]
  readonly variables: Variables
  readonly modelKeys: ModelKeys
  /** Version of this folder's gateway. */
  readonly version: string
  /** The code that is built here; undefined for what is not. */
  readonly getPackage: (name: string) => FunctionPackage | undefined
}

/** Looks at one thing; what it throws becomes a finding of its own. */
export interface Examination {
  readonly subject: string
  readonly examine: (input: ExaminationInput) => Promise<readonly Finding[]>
}
