import { parseList } from '../../../shared/runtime/parse-text.ts'
import type { CloudFunction, Need } from '../../functions.ts'
import type { Variables } from '../../variables/read-variables.ts'

/** A function that is not deployed, and what would need it. */
export interface LeftOut {
  readonly name: string
  readonly need: Need
  /** The variable with a value that adds the function and keeps the others, such as `WALLET=on`. */
  readonly setting: string
}

/** The functions of a deployment. */
export interface Selection {
  readonly wanted: readonly CloudFunction[]
  readonly leftOut: readonly LeftOut[]
}

/** Selects the functions that a deployment with these variables needs. */
export const selectFunctions = (functions: readonly CloudFunction[], variables: Variables): Selection => ({
  wanted: functions.filter(({ need }) => !need || isMet(need, variables)),
  leftOut: functions.flatMap(({ name, need }) =>
    need && !isMet(need, variables) ? [{ name, need, setting: formatSetting(need, functions, variables) }] : [],
  ),
})

/** Lists what a variable names although no function needs it. */
export const findUnknownValues = (
  variable: string,
  functions: readonly CloudFunction[],
  variables: Variables,
): readonly string[] => {
  const known = listValues(variable, functions)
  return parseList(variables[variable] ?? '').filter((item) => !known.includes(item))
}

/** Lists the values of a variable that functions need. */
export const listValues = (variable: string, functions: readonly CloudFunction[]): readonly string[] =>
  functions.flatMap(({ need }) => (need?.variable === variable && need.value !== undefined ? need.value : []))

const formatSetting = (
  { variable, value }: Need,
  functions: readonly CloudFunction[],
  variables: Variables,
): string => {
  if (value === undefined) return `${variable}=…`
  const known = listValues(variable, functions)
  const kept = parseList(variables[variable] ?? '').filter((item) => known.includes(item))
  return `${variable}=${[...kept, value].join(',')}`
}

/** Returns the rows of a list that belong to the wanted functions. */
export const keepWanted = <Row extends { readonly name: string }>(
  rows: readonly Row[],
  { wanted }: Selection,
): readonly Row[] => rows.filter(({ name }) => wanted.some((row) => row.name === name))

const isMet = ({ variable, value }: Need, variables: Variables): boolean => {
  const items = parseList(variables[variable] ?? '')
  return value === undefined ? items.length > 0 : items.includes(value)
}
