import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import { keysVariables } from '../../shared/gateway/config/variables/keys-variables.ts'
import { readServerVariables } from '../../shared/gateway/config/variables/server-variables.ts'
import { readVariables } from '../../shared/gateway/config/variables/variable.ts'
import type { Variables } from './read-variables.ts'

/** A variable whose value the gateway does not accept. */
export interface RejectedValue {
  readonly name: string
  /** Completes "<name> …", such as `must be an http or https URL`. Never holds the value. */
  readonly must: string
}

/** Lists the variables whose values the gateway does not accept. */
export const listRejectedValues = (variables: Variables): RejectedValue[] =>
  [readServerVariables(variables), readEnvironment(variables), readVariables(keysVariables, variables)].flatMap(
    ({ problems }) => problems.map(({ variable, problem }) => ({ name: variable, must: problem })),
  )
