import { readEnvironment } from '../../shared/gateway/config/environment.ts'
import { readServerVariables } from '../../shared/gateway/config/server-variables.ts'
import type { Variables } from './read-variables.ts'

/** A variable whose value the gateway does not accept. */
export interface RejectedValue {
  readonly name: string
  /** Completes "<name> …", such as `must be an http or https URL`. Never holds the value. */
  readonly must: string
}

/** Lists the variables whose values the gateway does not accept. */
export const listRejectedValues = (variables: Variables): RejectedValue[] =>
  [readServerVariables(variables), readEnvironment(variables)].flatMap(({ problems }) =>
    problems.map(({ variable, problem }) => ({ name: variable, must: problem })),
  )
