import { bookFigures, figuresText, verdict } from '../rig/books.ts'
import type { CalmWaits, ChaosResult } from './run-chaos.ts'

/** The books of a run as text, with a last line that says whether they balance. */
export const booksText = ({ reconciliation, flush, pending }: ChaosResult): string => {
  const figures = figuresText([
    ...bookFigures(reconciliation),
    ['records owed to the webhook when all was over', pending],
    ['orphans closed by the flush', flush.orphans],
    ['records delivered by the flush', flush.delivered],
  ])
  return `${figures}\n${verdict(reconciliation)}`
}

/** The waits at the end of answers as text. */
export const waitsText = ({ recorded, unrecorded }: CalmWaits): string =>
  [
    `Wait between the last event and [DONE], all in good health, ${recorded.streams} streams, 4 at once, in milliseconds:`,
    ...Object.entries({ recorded, 'nothing recorded': unrecorded }).map(
      ([name, { p50, p99, longest }]) => `  ${name.padEnd(16)}  p50 ${p50}, p99 ${p99}, longest ${longest}`,
    ),
  ].join('\n')
