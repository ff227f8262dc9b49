import { formatFigures, formatVerdict, toFigures } from '../rig/books.ts'
import type { CalmWaits, ChaosResult } from './run-chaos.ts'
import type { AccountBooks } from './wallets/run-wallet-chaos.ts'

/** Formats the books of a run. The last line is whether they balance. */
export const formatBooks = ({ reconciliation, flush, pending }: ChaosResult): string => {
  const figures = formatFigures([
    ...toFigures(reconciliation),
    ['records that waited for the flush', pending],
    ['orphans closed by the flush', flush.orphans],
    ['records delivered by the flush', flush.delivered],
  ])
  return `${figures}\n${formatVerdict(reconciliation)}`
}

/** Formats the books of wallets and quotas. The last line is whether they balance. */
export const formatWalletBooks = (books: AccountBooks): string =>
  `${formatFigures(Object.entries(books.figures))}\n${formatVerdict(books)}`

/** Formats the waits at the end of streams. */
export const formatWaits = ({ recorded, unrecorded }: CalmWaits): string =>
  [
    `Wait between the last event and [DONE] without faults, ${recorded.streams} streams, 4 at once, in milliseconds:`,
    ...Object.entries({ recorded, 'not recorded': unrecorded }).map(
      ([name, { p50, p99, longest }]) => `  ${name.padEnd(16)}  p50 ${p50}, p99 ${p99}, longest ${longest}`,
    ),
  ].join('\n')
