import { readVariables } from '../../shared/gateway/config/variables/variable.ts'
import type { Variables } from './read-variables.ts'
import { variableTables } from './variable-tables.ts'

/** A variable whose value the gateway does not accept. */
export interface RejectedValue {
  readonly name: string
  /** Completes "<name> …", such as `must be an http or https URL`. Never holds the value. */
  readonly must: string
}

/** Lists the variables whose values the gateway does not accept. */
export const listRejectedValues = (variables: Variables): RejectedValue[] =>
  Object.values(variableTables)
    .flatMap((table) => readVariables(table, variables).problems)
    .map(({ variable, problem }) => ({ name: variable, must: problem }))
