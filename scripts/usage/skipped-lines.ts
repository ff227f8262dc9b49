import { statSync } from 'node:fs'
import { parseJson } from '../../shared/runtime/json.ts'
import { readLines } from '../../shared/usage/store/file/lines.ts'
import { parseLine } from '../../shared/usage/store/file/replay.ts'

/** Why a line of a file of records does not count. */
export type SkipReason = 'notJson' | 'noRecord' | 'unfinished'

/** The lines that do not count for one reason. */
export interface SkippedLines {
  readonly reason: SkipReason
  readonly count: number
  /** The number of the first of them; the file begins with line 1. */
  readonly first: number
}

/** Finds the lines of a file of records that hold none: they are not in any total. Blank lines are left out. */
export const findSkippedLines = async (path: string): Promise<SkippedLines[]> => {
  const found = new Map<SkipReason, SkippedLines>()
  const add = (reason: SkipReason, line: number): void => {
    const { count = 0, first = line } = found.get(reason) ?? {}
    found.set(reason, { reason, count: count + 1, first })
  }
  let line = 0
  let end = 0
  for await (const { text, end: lineEnd } of readLines(path, 0)) {
    line += 1
    end = lineEnd
    if (text.trim() !== '' && !parseLine(text)) add(parseJson(text) === undefined ? 'notJson' : 'noRecord', line)
  }
  if (statSync(path).size > end) add('unfinished', line + 1)
  return [...found.values()]
}
