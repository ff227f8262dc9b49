import type { Reconciliation } from './reconcile.ts'

/** One figure of a run and what it counts; a name that begins with blanks is part of the one above. */
export type Figure = readonly [name: string, value: string | number]

/** The books of a run as figures, its failures left out. */
export const bookFigures = (books: Reconciliation): Figure[] => [
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
  ['tokens of exact records, stated by the provider', books.exactTokensStated],
  ['records that the webhook took more than once', books.redelivered],
  ['  with other figures the second time', books.corrected],
]

/** Figures as lines of text, one below the other. */
export const figuresText = (figures: readonly Figure[]): string => {
  const width = Math.max(...figures.map(([name]) => name.length))
  return figures.map(([name, value]) => `  ${name.padEnd(width)}  ${String(value).padStart(12)}`).join('\n')
}

/** Whether books balance. */
export const balances = ({ failures }: Reconciliation): boolean => Object.values(failures).every((count) => count === 0)

/** The sentence that says whether books balance, and what is wrong where they do not. */
export const verdict = (books: Reconciliation): string => {
  const counts = Object.entries(books.failures)
  const told = (some: typeof counts): string => some.map(([name, count]) => `${count} ${name}`).join(', ')
  return balances(books)
    ? `The books balance: ${told(counts)}.`
    : `THE BOOKS DO NOT BALANCE: ${told(counts.filter(([, count]) => count !== 0))}.`
}
