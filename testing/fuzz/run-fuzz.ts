import * as fc from 'fast-check'
import type { Lab } from './lab.ts'
import type { FuzzProperty } from './property.ts'

/** The options of a run. */
export interface FuzzOptions {
  readonly seed: number
  /** The number of cases of all properties together. */
  readonly cases: number
  /** The areas to run; empty for all. */
  readonly only: readonly string[]
}

/** The result of one property. */
export interface FuzzResult {
  readonly area: string
  readonly title: string
  readonly cases: number
  readonly seconds: number
  /** The error and the smallest input that causes it; undefined if the property holds. */
  readonly failure: string | undefined
}

/** The longest time of one case, in milliseconds. A longer case counts as hanging. */
const caseMs = 10_000
/** The longest time of one property in milliseconds, with the search for a smaller counterexample. In that search each case may hang. */
const propertyMs = (cases: number): number => 60_000 + cases * 20

/** Runs properties one after another. The same seed draws the same cases. */
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
