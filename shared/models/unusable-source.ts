import type { MapSource, SourceName } from './source.ts'
import { sourceProblem } from './source-problem.ts'

/** A source that is configured so that it cannot be asked: it says why, every time, and connects to nothing. */
export const unusableSource = (name: SourceName, problem: string): MapSource => {
  const refuse = (): Promise<never> => Promise.reject(sourceProblem(problem))
  return { name, stamp: refuse, read: refuse, publish: refuse }
}
