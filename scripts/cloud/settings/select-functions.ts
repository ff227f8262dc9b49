import type { CloudFunction, Need } from '../../functions.ts'
import type { Variables } from '../../variables/read-variables.ts'

/** A function that is not deployed, and what would need it. */
export interface LeftOut {
  readonly name: string
  readonly need: Need
}

/** The functions of a deployment. */
export interface Selection {
  readonly wanted: readonly CloudFunction[]
  readonly leftOut: readonly LeftOut[]
}

/** Selects the functions that a deployment with these variables needs. */
export const selectFunctions = (functions: readonly CloudFunction[], variables: Variables): Selection => ({
  wanted: functions.filter(({ need }) => !need || isMet(need, variables)),
  leftOut: functions.flatMap(({ name, need }) => (need && !isMet(need, variables) ? [{ name, need }] : [])),
})

/** Returns the rows of a list that belong to the wanted functions. */
export const keepWanted = <Row extends { readonly name: string }>(
  rows: readonly Row[],
  { wanted }: Selection,
): readonly Row[] => rows.filter(({ name }) => wanted.some((row) => row.name === name))

const isMet = ({ variable, value }: Need, variables: Variables): boolean =>
  (variables[variable] ?? '').split(/[,，]/).some((item) => item.trim() === value)
