/** A value, or the problem that prevents it. */
export type Result<Value> = { readonly value: Value; readonly problem?: never } | Problem

/** A sentence that explains why there is no value, and how to correct that. */
export interface Problem {
  readonly problem: string
  readonly value?: never
}
