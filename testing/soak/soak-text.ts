import { bookFigures, type Figure, figuresText, verdict } from '../rig/books.ts'
import type { SoakResult } from './run-soak.ts'

/** What a soak has left behind as text, with a last line that says whether its books balance. */
export const soakText = ({ reconciliation, misattributed, memory, leftOpen, statuses }: SoakResult): string => {
  const replies = Object.entries(statuses).map(
    ([status, count]): Figure => [status === '0' ? 'clients that left before a reply' : `replies ${status}`, count],
  )
  const figures = figuresText([
    ...bookFigures(reconciliation),
    ...replies,
    ['records under another user than the one who asked', misattributed],
    ['memory after the warm-up, MB', memory.warmMb.toFixed(1)],
    ['memory at the end, MB', memory.endMb.toFixed(1)],
    ['  growth in between, %', (memory.drift * 100).toFixed(1)],
    ...Object.entries(leftOpen).map(([where, count]): Figure => [`connections left open: ${where}`, count]),
  ])
  return `${figures}\n${verdict(reconciliation)}`
}
