import { alertVariables } from '../../shared/gateway/config/variables/alert-variables.ts'
import { environmentSchema } from '../../shared/gateway/config/variables/environment.ts'
import { keysVariables } from '../../shared/gateway/config/variables/keys-variables.ts'
import { moderationVariables } from '../../shared/gateway/config/variables/moderation-variables.ts'
import { serverVariables } from '../../shared/gateway/config/variables/server-variables.ts'

/** Every table of variables that the gateway reads, by the name of its constant; in the order of docs/configuration.md. */
export const variableTables = { serverVariables, environmentSchema, moderationVariables, keysVariables, alertVariables }

type Tables = typeof variableTables

/** The name of a variable that the gateway reads. */
export type VariableName = { [Table in keyof Tables]: keyof Tables[Table] }[keyof Tables]
