import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Verdict } from '../goals.ts'
import type { Lab } from '../lab.ts'
import { describeMachine, loadNow } from '../machine/describe.ts'
import { scenarios } from '../scenarios/all.ts'
import { chart } from './chart.ts'
import { goalsTable, scenarioTable } from './markdown.ts'

const begin = '<!-- bench:begin -->'
const end = '<!-- bench:end -->'
const page = 'docs/performance.md'

/** Creates the report of a run in Markdown. */
export const createReport = (
  { samples, options }: Pick<Lab, 'samples' | 'options'>,
  verdicts: readonly Verdict[],
): string => {
  const { auth, usage, map, models } = options.parts
  const conditions = [
    ...describeMachine(),
    `${options.rounds} interleaved rounds (cold start: ${options.coldRuns}); medians, with minimum and maximum in brackets; ratios are medians of the ratios within each round`,
    `this gateway with authentication ${auth ? 'on (warm token)' : 'OFF'}, usage records: ${usage}, a map of ${models} models: ${map}`,
    `soak of ${options.soakRequests} requests`,
    `load averages at the end: ${loadNow()}`,
  ]
  const tables = scenarios.map((scenario) => scenarioTable(scenario, samples)).filter((table) => table !== '')
  const goals = verdicts.length > 0 ? ['### Goals', goalsTable(verdicts)] : []
  return [conditions.map((line) => `- ${line}`).join('\n'), ...goals, ...tables].join('\n\n')
}

/** Writes report, chart and samples to their folder, and with `--docs` also to the documentation. */
export const writeReport = (lab: Pick<Lab, 'samples' | 'options'>, report: string): void => {
  const svg = chart(lab.samples)
  const { out, docs } = lab.options
  writeFileSync(join(out, 'report.md'), `${report}\n`)
  writeFileSync(join(out, 'chart.svg'), svg)
  writeFileSync(join(out, 'samples.json'), JSON.stringify(lab.samples.all))
  if (!docs) return
  writeFileSync('docs/performance.svg', svg)
  writeFileSync(page, insertReport(readFileSync(page, 'utf8'), report))
}

/** Replaces the report between the markers of a page.
 *  @throws TypeError if the page has no markers */
export const insertReport = (text: string, report: string): string => {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new TypeError(`${page} has lost its markers ${begin} and ${end}.`)
  return `${text.slice(0, from + begin.length)}\n${report}\n${text.slice(to)}`
}
