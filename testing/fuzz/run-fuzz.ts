import * as fc from 'fast-check'
import type { Lab } from './lab.ts'
import type { FuzzProperty } from './property.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Cases of all properties together, were all of them run. */
  readonly cases: number
  /** Areas to run; empty: all. */
  readonly only: readonly string[]
}

/** What came of one property. */
export interface FuzzResult {
  readonly area: string
  readonly title: string
  readonly cases: number
  readonly seconds: number
  /** Why it does not hold and for which input, the smallest that was found; undefined: it held. */
  readonly failure: string | undefined
}

/** Longest time of one case, in milliseconds: a case that takes longer hangs. */
const caseMs = 10_000
/** Longest time of one property with the search for a smaller counterexample, which may hang as often as it likes, in
 *  milliseconds. */
const propertyMs = (cases: number): number => 60_000 + cases * 20

/** Runs properties one after the other. The same seed draws the same cases. */
export const runFuzz = async (
  properties: readonly FuzzProperty[],
  lab: Lab,
  { seed, cases, only }: FuzzOptions,
): Promise<FuzzResult[]> => {
  const all = properties.reduce((sum, { weight }) => sum + weight, 0)
  const results: FuzzResult[] = []
  for (const property of properties) {
    if (only.length > 0 && !only.includes(property.area)) continue
    await lab.revive()
    results.push(await runOne(property, lab, { seed, cases: Math.ceil((property.weight * cases) / all) }))
  }
  return results
}

const runOne = async (
  property: FuzzProperty,
  lab: Lab,
  { seed, cases }: Pick<FuzzOptions, 'seed' | 'cases'>,
): Promise<FuzzResult> => {
  const begin = performance.now()
  const report = await fc.check(property.on(lab), {
    seed,
    numRuns: cases,
    timeout: caseMs,
    interruptAfterTimeLimit: propertyMs(cases),
    markInterruptAsFailure: true,
  })
  const seconds = Math.round((performance.now() - begin) / 100) / 10
  const failure = report.failed ? `${String(report.errorInstance)}\n${fc.defaultReportMessage(report)}` : undefined
  return { area: property.area, title: property.title, cases: report.numRuns, seconds, failure }
}
