import type { CalmWaits, ChaosResult } from './run.ts'

/** The books of a run as text, with a last line that says whether they balance. */
export const booksText = ({ reconciliation, flush, pending }: ChaosResult): string => {
  const { failures: _, ...books } = reconciliation
  const stated = books.exactTokensStated
  const lines: readonly (readonly [string, string | number])[] = [
    ['requests', books.requests],
    ['answers of which a client saw anything', books.answers],
    ['answers that a client saw to the end', books.completeAnswers],
    ['records', books.records],
    ['  with the figures of the provider', books.exact],
    ['  with an estimate', books.estimated],
    ['    of answers whose function died or whose end the store refused', books.orphans],
    ['      of which nothing was stored as delivered: 0 tokens', books.emptyOrphans],
    ['      the same, although a client saw something', books.uncharged],
    ['void: begun, nothing delivered, nothing owed', books.voided],
    ['ends that the store refused', books.degraded],
    ['tokens of exact records, recorded', books.exactTokensRecorded],
    ['tokens of exact records, stated by the provider', stated],
    ['records owed to the webhook when all was over', pending],
    ['orphans closed by the flush', flush.orphans],
    ['records delivered by the flush', flush.delivered],
    ['records that the webhook took more than once', books.redelivered],
    ['  with other figures the second time', books.corrected],
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  const table = lines.map(([name, value]) => `  ${name.padEnd(width)}  ${String(value).padStart(12)}`)
  return [...table, verdict(reconciliation.failures)].join('\n')
}

/** Whether books balance. */
export const balances = ({ reconciliation: { failures } }: ChaosResult): boolean =>
  Object.values(failures).every((count) => count === 0)

const verdict = (failures: ChaosResult['reconciliation']['failures']): string => {
  const counts = Object.entries(failures).map(([name, count]) => `${count} ${name}`)
  const wrong = counts.filter((text) => !text.startsWith('0 '))
  return wrong.length === 0
    ? `The books balance: ${counts.join(', ')}.`
    : `THE BOOKS DO NOT BALANCE: ${wrong.join(', ')}.`
}

/** The waits at the end of answers as text. */
export const waitsText = ({ recorded, unrecorded }: CalmWaits): string =>
  [
    `Wait between the last event and [DONE], all in good health, ${recorded.streams} streams, 4 at once, in milliseconds:`,
    ...Object.entries({ recorded, 'nothing recorded': unrecorded }).map(
      ([name, { p50, p99, longest }]) => `  ${name.padEnd(16)}  p50 ${p50}, p99 ${p99}, longest ${longest}`,
    ),
  ].join('\n')
