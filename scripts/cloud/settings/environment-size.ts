import type { FunctionSettings } from './cloudbaserc.ts'

/** Most bytes of one function's environment, names and values (SCF documentation, "Limits"). */
export const maxEnvironmentBytes = 4096

const countBytes = (name: string, value: unknown): number => Buffer.byteLength(name) + Buffer.byteLength(String(value))

/** Counts the bytes of a function's environment. */
export const countEnvironmentBytes = ({ envVariables }: FunctionSettings): number =>
  Object.entries(envVariables).reduce((sum, [name, value]) => sum + countBytes(name, value), 0)

/** Returns the name of the variable with the longest value; empty if there is none. */
export const findLargestVariable = ({ envVariables }: FunctionSettings): string =>
  Object.entries(envVariables).sort(([, one], [, other]) => countBytes('', other) - countBytes('', one))[0]?.[0] ?? ''
