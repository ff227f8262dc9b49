import { type MeasureName, measures } from '../../testing/stats/measures.ts'
import type { Samples } from '../../testing/stats/samples.ts'
import type { Summary } from '../../testing/stats/summary.ts'
import type { Verdict } from '../goals.ts'
import type { Scenario } from '../scenarios/scenario.ts'

/** The names of the targets in the tables. */
const names: Readonly<Record<string, string>> = {
  direct: 'no gateway',
  bare: 'bare `node:http`',
  pipe: 'bare `node:http` relay, a served completion',
  sdk: '`openai` SDK forwarder',
  portkey: 'Portkey 1.15.2',
  framework: 'functions framework 1.18.0, empty function',
  ours: '**this gateway**',
  checked: '**this gateway**, with checks',
  collection: '**this gateway**, usage records in the document database',
  deployed: '**this gateway**, streamed, map in MySQL, records and wallets in the document database',
  health: '**this gateway**, health',
  models: '**this gateway**, models',
  unrecorded: '**this gateway**, nothing recorded',
  records: '**this gateway**, with records',
  wallet: '**this gateway**, with records and a wallet',
  quotas: '**this gateway**, with records, a wallet and quotas',
}

/** Formats the goals, the missed ones first. */
export const goalsTable = (verdicts: readonly Verdict[]): string =>
  table(
    ['goal', 'target', 'measured (min–max)', 'half of the rounds', 'outcome'],
    verdicts.map(({ goal, figure, outcome }) => [
      goal.goal,
      formatBound(goal),
      figure ? formatSummary(figure, 3) + (goal.over ? ` × ${toPlainName(goal.over)}` : '') : '–',
      figure ? figure.quartiles.map((value) => value.toFixed(3)).join('–') : '–',
      outcome === 'met' ? 'met' : `**${outcome}**`,
    ]),
  )

const formatBound = ({ atMost, atLeast, over }: Verdict['goal']): string =>
  `${atMost === undefined ? '≥' : '≤'} ${atMost ?? atLeast}${over ? ' ×' : ''}`

/** Formats the table of a scenario: one row per target, one column per measure, with ratios to `bare`. Returns an empty text if there
 *  are no samples. */
export const scenarioTable = ({ name, title }: Scenario, samples: Samples): string => {
  const own = samples.all.filter(({ scenario }) => scenario === name)
  const columns = (Object.keys(measures) as MeasureName[]).filter((id) => own.some(({ measure }) => measure === id))
  const targets = [...new Set(own.map(({ target }) => target))]
  if (targets.length === 0) return ''
  const cell = (target: string, measure: MeasureName): string => {
    const place = { scenario: name, target, measure }
    const summary = samples.summary(place)
    if (summary === undefined) return ''
    const ratio = target === 'bare' ? undefined : samples.ratio(place, 'bare')
    return (
      formatSummary(summary, measures[measure].digits) +
      (ratio && Number.isFinite(ratio.median) ? ` = ${ratio.median.toFixed(2)} ×` : '')
    )
  }
  const rows = targets.map((target) => [names[target] ?? target, ...columns.map((id) => cell(target, id))])
  return `### ${title}\n\n${table(['', ...columns.map((id) => measures[id].title)], rows)}`
}

const toPlainName = (target: string): string => (names[target] ?? target).replaceAll(/[*`]/g, '')

/** Formats a summary as median (min–max). */
const formatSummary = ({ median, min, max }: Summary, digits: number): string => {
  const text = (value: number): string => value.toFixed(digits)
  return min === max ? text(median) : `${text(median)} (${text(min)}–${text(max)})`
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}
