import type { Result } from '../../runtime/result.ts'

/** The options of {@link watchStored}. */
export interface StoredOptions<Value> {
  /** Reads the definition's text. Resolves with undefined if none is stored. */
  readonly read: () => Promise<string | undefined>
  /** Time between two reads, in milliseconds. */
  readonly ttlMs: number
  readonly parse: (text: string | undefined) => Result<Value>
  /** Says that the store cannot be read. */
  readonly unreadable: string
  /** Called with the reason when a definition cannot be used. */
  readonly onProblem: (problem: string) => void
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined
}

/** A definition that is a row of the store which instances share. */
export interface StoredDefinition<Value> {
  /** Resolves with what is in use, or why there is nothing. Reads the row once per `ttlMs`, while a call waits for it.
   *  @throws if the store has never been read */
  readonly current: () => Promise<Result<Value>>
  /** Why the newest definition is not in use; undefined if it is. */
  readonly problem: () => string | undefined
}

/** Reads a stored definition again and again. If an edit cannot be used, or the store cannot be read, the definition before it
 *  stays in use. */
export const watchStored = <Value>(options: StoredOptions<Value>): StoredDefinition<Value> => {
  const { read, ttlMs, parse, unreadable, onProblem, now = Date.now } = options
  let loaded: { readonly text: string | undefined; readonly result: Result<Value> } | undefined
  let problem: string | undefined
  let running: Promise<void> | undefined
  let readAt = 0

  const use = (text: string | undefined): void => {
    const result = parse(text)
    if (result.problem !== undefined && result.problem !== problem) onProblem(result.problem)
    problem = result.problem
    if (result.problem === undefined || loaded?.result.value === undefined) loaded = { text, result }
  }
  const refresh = async (): Promise<void> => {
    try {
      const text = await read()
      if (!loaded || problem !== undefined || text !== loaded.text) use(text)
    } catch (error) {
      if (!loaded) throw error
      if (problem !== unreadable) onProblem(unreadable)
      problem = unreadable
    }
    readAt = now() + ttlMs
  }
  return {
    current: async () => {
      if (!loaded || now() >= readAt) {
        running ??= refresh().finally(() => {
          running = undefined
        })
        await running
      }
      return loaded?.result ?? { problem: unreadable }
    },
    problem: () => problem,
  }
}
