/** A value, or a sentence that says why there is none and what to do about it. */
export type Result<Value> = { readonly value: Value; readonly problem?: never } | Problem

/** Why there is no value. */
export interface Problem {
  readonly problem: string
  readonly value?: never
}
