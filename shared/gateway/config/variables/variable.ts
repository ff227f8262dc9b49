import { parseWhole } from '../../../runtime/decimal.ts'
import type { Log } from '../../../runtime/log.ts'
import { parseList } from '../../../runtime/parse-text.ts'

/** A process's environment: `process.env`, or a plain object in tests. */
export type Variables = Readonly<Record<string, string | undefined>>

/** How one environment variable is read. */
export interface Variable<Value> {
  /** The value if the variable is not set, or invalid. */
  readonly fallback: Value
  /** Parses a text. Returns undefined if it is invalid. */
  readonly read: (text: string) => Value | undefined
  /** Completes "<variable> …" for the log. Empty if every text is valid. */
  readonly must: string
  /** An invalid value is undefined instead of the fallback, and no call is served until it is corrected. */
  readonly stopsCalls?: true
}

/** A variable whose value is invalid. It counts as unset, unless it stops calls. */
export interface VariableProblem {
  readonly variable: string
  /** The rule that its value breaks, as in `Variable.must`. */
  readonly problem: string
  readonly stopsCalls?: true
}

/** Describes a problem in a sentence. */
export const describeProblem = ({ variable, problem }: VariableProblem): string => `${variable} ${problem}.`

/** Logs the variables that count as unset. Those that stop calls are logged where they are used. */
export const logIgnored = (problems: readonly VariableProblem[], log: Log): void => {
  for (const { stopsCalls, ...ignored } of problems) if (!stopsCalls) log('warn', 'variable_ignored', ignored)
}

/** Variables by name. */
type Schema = Readonly<Record<string, Variable<unknown>>>

/** The values of a schema's variables. */
export type ValuesOf<Declared extends Schema> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Variable<infer Value> ? Value : never
}

/** Reads every variable of a schema. An invalid value counts as unset, or stops calls. It is reported by the variable's
 *  name, never by value. */
export const readVariables = <Declared extends Schema>(
  schema: Declared,
  environment: Variables,
): { readonly values: ValuesOf<Declared>; readonly problems: readonly VariableProblem[] } => {
  const problems: VariableProblem[] = []
  const values = Object.entries(schema).map(([name, { fallback, read, must, stopsCalls }]) => {
    const text = getVariable(environment, name)
    const value = text === undefined ? fallback : read(text)
    if (text === undefined || value !== undefined) return [name, value]
    problems.push({ variable: name, problem: must, ...(stopsCalls && { stopsCalls }) })
    return [name, stopsCalls ? undefined : fallback]
  })
  return { values: Object.fromEntries(values) as ValuesOf<Declared>, problems }
}

/** Returns the text of a variable. Blank counts as unset, because `cloudbaserc.json` turns a missing value into an
 *  empty string. */
export const getVariable = (environment: Variables, name: string): string | undefined =>
  environment[name]?.trim() || undefined

/** Whether a value is `1`, `true`, `yes` or `on`, in any case. */
export const isYes = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? '')

/** Returns the items of a list separated by commas. */
export const splitList = (value: string | undefined): string[] => parseList(value ?? '')

/** Makes an invalid value of a variable stop calls. */
export const stopping = <Value>(variable: Variable<Value>): Variable<Value | undefined> => ({
  ...variable,
  stopsCalls: true,
})

/** Creates a variable that takes any text. */
export const textVariable = (): Variable<string | undefined> => textWithDefault(undefined)

/** Creates a variable that takes any text and has a default. */
export const textWithDefault = <Fallback extends string | undefined>(
  fallback: Fallback,
): Variable<string | Fallback> => ({ fallback, read: (value) => value, must: '' })

/** Creates a variable that is true or false. Every text that `isYes` does not accept is false. */
export const booleanVariable = (): Variable<boolean> => ({ fallback: false, read: isYes, must: '' })

/** Creates a variable that takes a whole number within bounds. */
export const integerVariable = (
  fallback: number,
  { least, most }: { readonly least: number; readonly most: number },
): Variable<number> => ({
  fallback,
  read: (value) => {
    const number = parseWhole(value)
    return number !== undefined && number >= least && number <= most ? number : undefined
  },
  must: `must be a whole number from ${least} to ${most}`,
})

/** Creates a variable that takes one of the given words. */
export const oneOf = <const Word extends string, Fallback extends Word | undefined>(
  words: readonly Word[],
  fallback: Fallback,
): Variable<Word | Fallback> => ({
  fallback,
  read: (value) => words.find((word) => word === value),
  must: `must be one of ${words.join(', ')}`,
})
