import type { UsageTotals } from '../../shared/usage/usage-totals.ts'
import { nameOf } from './report-table.ts'

const rowHeight = 24
const labelWidth = 320
const barWidth = 520
const figureWidth = 220
const top = 56
/** More groups than a page shows are left to the table. */
const mostRows = 200

/** A report as an SVG picture: a bar of tokens for each group, prompt and completion apart, with its records and points. */
export const reportChart = (all: readonly UsageTotals[], title: string): string => {
  const shown = all.slice(0, mostRows)
  const most = Math.max(1, ...shown.map((totals) => totals.total_tokens))
  const height = top + shown.length * rowHeight + 24
  const width = labelWidth + barWidth + figureWidth
  const bars = shown.map((totals, index) => bar(totals, top + index * rowHeight, barWidth / most))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="24" font-size="16" font-weight="600">${escaped(title)}</text>
${legend}
${bars.join('\n')}
</svg>
`
}

const colours = { prompt: '#3b6fb6', completion: '#e08a3c' } as const

const legend = Object.entries(colours)
  .map(([name, colour], index) => {
    const x = labelWidth + index * 140
    return `<rect x="${x}" y="34" width="12" height="12" fill="${colour}"/><text x="${x + 18}" y="45">${name} tokens</text>`
  })
  .join('')

const bar = (totals: UsageTotals, y: number, scale: number): string => {
  const prompt = totals.prompt_tokens * scale
  const completion = totals.completion_tokens * scale
  const flaws = Object.entries({ estimated: totals.estimated, undelivered: totals.undelivered, dead: totals.dead })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
  const figures = [`${totals.records} records`, `${totals.points} points`, ...flaws].join(', ')
  const end = labelWidth + prompt + completion + 8
  return [
    `<text x="${labelWidth - 10}" y="${y + 15}" text-anchor="end">${escaped(nameOf(totals))}</text>`,
    `<rect x="${labelWidth}" y="${y + 3}" width="${prompt.toFixed(1)}" height="16" fill="${colours.prompt}"/>`,
    `<rect x="${(labelWidth + prompt).toFixed(1)}" y="${y + 3}" width="${completion.toFixed(1)}" height="16" fill="${colours.completion}"/>`,
    `<text x="${end.toFixed(1)}" y="${y + 15}" fill="#555555">${escaped(figures)}</text>`,
  ].join('')
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')
