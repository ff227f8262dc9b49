import { readFileSync, statSync } from 'node:fs'
import type { Result } from '../../runtime/result.ts'

/** Something that a variable or a file defines, such as quotas or a list of words. */
export interface WatchedDefinition<Value> {
  /** Returns what is in use, or why there is nothing. Once per `ttlMs` it looks whether the file has changed. */
  readonly current: () => Result<Value>
  /** Why the newest definition is not in use; undefined if it is. */
  readonly problem: () => string | undefined
}

/** The options of {@link watchDefinition}. */
export interface DefinitionOptions<Value> {
  /** The variable with the text. That with the path of the file is `<variable>_FILE`. */
  readonly variable: string
  readonly text: string | undefined
  /** Path of the file; relative to the working directory. It takes precedence over the text. */
  readonly file: string | undefined
  /** Time between two looks at the file, in milliseconds. */
  readonly ttlMs: number
  /** Parses a definition.
   *  @param variable the name of the variable or file, for the problem */
  readonly parse: (text: string, variable: string) => Result<Value>
  /** Called with the reason when a definition cannot be used. */
  readonly onProblem: (problem: string) => void
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined
}

/** Reads a definition and watches its file. If an edit cannot be used, the definition before it stays in use. */
export const watchDefinition = <Value>(options: DefinitionOptions<Value>): WatchedDefinition<Value> => {
  const { file, ttlMs, now = Date.now } = options
  let loaded: Result<Value> | undefined
  let problem: string | undefined
  let revision: string | undefined
  let lookAt = 0
  const refresh = (): Result<Value> => {
    if (loaded && now() < lookAt) return loaded
    lookAt = now() + ttlMs
    const found = file === undefined ? '' : getRevision(file)
    if (loaded && found === revision) return loaded
    revision = found
    const read = readDefinition(options)
    problem = read.problem
    if (read.problem !== undefined) options.onProblem(read.problem)
    if (read.problem === undefined || !loaded || loaded.problem !== undefined) loaded = read
    return loaded
  }
  return {
    current: refresh,
    problem: () => {
      refresh()
      return problem
    },
  }
}

const getRevision = (path: string): string => {
  const status = statSync(path, { throwIfNoEntry: false })
  return status ? `${status.mtimeMs}/${status.size}` : '-'
}

/** A file that cannot be read is a problem, even if there is a variable too: its content would be missing. */
const readDefinition = <Value>({ variable, file, text = '', parse }: DefinitionOptions<Value>): Result<Value> => {
  if (file === undefined) return parse(text, variable)
  try {
    return parse(readFileSync(file, 'utf8'), `${variable}_FILE`)
  } catch {
    return { problem: `${variable}_FILE names a file that cannot be read. Put it there or correct the path.` }
  }
}
