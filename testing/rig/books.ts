import type { Reconciliation } from './reconcile.ts'

/** One figure of a run, with its name. A name that begins with spaces is a part of the figure above. */
export type Figure = readonly [name: string, value: string | number]

/** Lists the figures of a run, without its failures. */
export const toFigures = (books: Reconciliation): Figure[] => [
  ['requests', books.requests],
  ['completions that a client received in part or whole', books.answers],
  ['completions that a client received to the end', books.completeAnswers],
  ['records', books.records],
  ['  with the usage of the provider', books.exact],
  ['  with an estimate', books.estimated],
  ['    because the function died or the store failed at the end', books.orphans],
  ['      with 0 tokens: no delivered text was stored', books.emptyOrphans],
  ['      with 0 tokens, although a client received text', books.uncharged],
  ['void: started, nothing delivered, nothing charged', books.voided],
  ['final records that the store did not accept', books.degraded],
  ['tokens of exact records, recorded', books.exactTokensRecorded],
  ['tokens of exact records, sent by the provider', books.exactTokensStated],
  ['records that the webhook received more than once', books.redelivered],
  ['  with different figures the second time', books.corrected],
]

/** Formats figures as lines of text. */
export const formatFigures = (figures: readonly Figure[]): string => {
  const width = Math.max(...figures.map(([name]) => name.length))
  return figures.map(([name, value]) => `  ${name.padEnd(width)}  ${String(value).padStart(12)}`).join('\n')
}

/** Counts of failures, by name. */
interface Failures {
  readonly failures: Readonly<Record<string, number>>
}

/** Whether the books balance: there are no failures. */
export const balances = ({ failures }: Failures): boolean => Object.values(failures).every((count) => count === 0)

/** Formats the result: whether the books balance, and the failures if they do not. */
export const formatVerdict = (books: Failures): string => {
  const counts = Object.entries(books.failures)
  const list = (some: typeof counts): string => some.map(([name, count]) => `${count} ${name}`).join(', ')
  return balances(books)
    ? `The books balance: ${list(counts)}.`
    : `THE BOOKS DO NOT BALANCE: ${list(counts.filter(([, count]) => count !== 0))}.`
}
