import { type Figure, formatFigures, formatVerdict, toFigures } from '../rig/books.ts'
import type { SoakResult } from './run-soak.ts'

/** Formats the result of a soak. The last line is whether the books balance. */
export const formatSoak = ({ reconciliation, misattributed, memory, leftOpen, statuses }: SoakResult): string => {
  const replies = Object.entries(statuses).map(
    ([status, count]): Figure => [status === '0' ? 'clients that left before a reply' : `replies ${status}`, count],
  )
  const figures = formatFigures([
    ...toFigures(reconciliation),
    ...replies,
    ['records with the wrong user', misattributed],
    ['memory after the warm-up, MB', memory.warmMb.toFixed(1)],
    ['memory at the end, MB', memory.endMb.toFixed(1)],
    ['  growth, %', (memory.drift * 100).toFixed(1)],
    ...Object.entries(leftOpen).map(([side, count]): Figure => [`connections left open: ${side}`, count]),
  ])
  return `${figures}\n${formatVerdict(reconciliation)}`
}
