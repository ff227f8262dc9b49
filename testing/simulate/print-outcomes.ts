import { formatTable } from './format-table.ts'
import type { LimitName, Outcome } from './simulate.ts'

/** What to do when a limit is used up. */
const remedies: Readonly<Record<LimitName, string>> = {
  'region-memory': 'less memory for each instance, or a higher quota of the region from Tencent Cloud',
  'instance-memory': 'more memory, or fewer requests at a time (maxConcurrency)',
  'open-files': 'fewer requests at a time (maxConcurrency)',
  'route-requests': 'a second route or environment, or a higher limit from Tencent Cloud',
  'shared-row': 'quotas for each user in place of one for all',
}

/** Formats the outcomes of growing loads as a Markdown table. */
export const formatOutcomes = (outcomes: readonly Outcome[]): string =>
  formatTable(
    [
      'users online',
      'answers/s',
      'streams',
      'instances',
      'cold starts',
      'database operations/s',
      'MySQL connections',
      'cores',
      'MB/s',
      'yuan per 1,000 answers',
    ],
    outcomes.map((outcome) => [
      format(outcome.users),
      format(outcome.answersPerSecond),
      format(outcome.streams),
      format(outcome.instances),
      `${(outcome.coldStarts / 10).toFixed(2)} %`,
      format(outcome.operationsPerSecond),
      outcome.connections === 0 ? '–' : format(outcome.connections),
      format(outcome.cores),
      format(outcome.megabytesPerSecond),
      outcome.yuan.toFixed(4),
    ]),
  )

/** Formats the use of each limit by a load as a Markdown table, with the remedy. */
export const formatLimits = ({ shares }: Outcome): string =>
  formatTable(
    ['limit', 'used', 'what helps'],
    shares.map(({ limit, share }) => [limit, `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`, remedies[limit]]),
  )

const format = (number: number): string =>
  number.toLocaleString('en', { maximumSignificantDigits: number < 100 ? 2 : 3 })
