import type { UsageTotals } from '../../shared/usage/store/totals.ts'
import { getGroupName, getTextWidth } from './report-table.ts'

const rowHeight = 24
const barWidth = 520
const margin = 16
const top = 84
/** The width of a narrow character in the chart's text, in pixels, rounded up. */
const characterWidth = 7.7
/** The most groups in a chart. The table has all of them. */
const maxRows = 200
const colours = {
  prompt: '#3b6fb6',
  completion: '#e08a3c',
  problem: '#b3261e',
  muted: '#555555',
  grid: '#e3e3e3',
} as const

/** The layout of the picture, in pixels. */
interface Frame {
  /** Where the bars begin. */
  readonly left: number
  readonly width: number
  readonly height: number
  /** Pixels for one token. */
  readonly scale: number
}

/** Draws a report as an SVG picture. Each group has a bar of its prompt tokens and completion tokens on a scale. Beside it are its
 *  records and points, and in red its estimates, orphans and missing deliveries. */
export const drawReportChart = (all: readonly UsageTotals[], title: string): string => {
  const shown = all.slice(0, maxRows)
  const maxTokens = Math.max(1, ...shown.map((totals) => totals.total_tokens))
  const left = margin + getMaxWidth(shown.map(getGroupName)) + 10
  const frame: Frame = {
    left,
    width:
      left + barWidth + getMaxWidth(shown.map((totals) => formatFigures(totals) + formatProblems(totals))) + 2 * margin,
    height: top + shown.length * rowHeight + margin,
    scale: barWidth / maxTokens,
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${toPixels(frame.width)} ${frame.height}" width="${toPixels(frame.width)}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${margin}" y="24" font-size="16" font-weight="600">${escapeXml(title)}</text>
${legend}
${drawScale(maxTokens, frame)}
${shown.map((totals, index) => drawBar(totals, top + index * rowHeight, frame)).join('\n')}
</svg>
`
}

const getMaxWidth = (texts: readonly string[]): number => Math.max(0, ...texts.map(getTextWidth)) * characterWidth

const toPixels = (value: number): string => value.toFixed(1)

const legend = (['prompt', 'completion'] as const)
  .map((name, index) => {
    const x = margin + index * 140
    return `<rect x="${x}" y="40" width="12" height="12" fill="${colours[name]}"/><text x="${x + 18}" y="51">${name} tokens</text>`
  })
  .join('')

/** Draws lines at round numbers of tokens. */
const drawScale = (maxTokens: number, { left, height, scale }: Frame): string => {
  const step = toRoundStep(maxTokens / 4)
  const lines = Array.from({ length: Math.floor(maxTokens / step) + 1 }, (_, index) => index * step)
  return lines
    .map((tokens) => {
      const x = toPixels(left + tokens * scale)
      const line = `<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${height - margin}" stroke="${colours.grid}"/>`
      return `${line}<text x="${x}" y="${top - 12}" text-anchor="middle" fill="${colours.muted}">${formatShort(tokens)}</text>`
    })
    .join('\n')
}

/** Returns the smallest of 1, 2, 5, 10, 20, 50 … that is not below a value. */
const toRoundStep = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power
}

const formatShort = (value: number): string =>
  new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value)

const drawBar = (totals: UsageTotals, y: number, { left, scale }: Frame): string => {
  const prompt = totals.prompt_tokens * scale
  const completion = totals.completion_tokens * scale
  const end = left + prompt + completion + 8
  return [
    `<text x="${toPixels(left - 10)}" y="${y + 15}" text-anchor="end">${escapeXml(getGroupName(totals))}</text>`,
    `<rect x="${toPixels(left)}" y="${y + 3}" width="${toPixels(prompt)}" height="16" fill="${colours.prompt}"/>`,
    `<rect x="${toPixels(left + prompt)}" y="${y + 3}" width="${toPixels(completion)}" height="16" fill="${colours.completion}"/>`,
    `<text x="${toPixels(end)}" y="${y + 15}" fill="${colours.muted}">${formatFigures(totals)}`,
    `<tspan fill="${colours.problem}">${formatProblems(totals)}</tspan></text>`,
  ].join('')
}

const formatFigures = ({ records, points, total_tokens: tokens }: UsageTotals): string =>
  `${formatShort(tokens)} tokens, ${records} records, ${points} points`

const formatProblems = ({ estimated, orphans, undelivered, dead }: UsageTotals): string =>
  Object.entries({ estimated, orphans, undelivered, dead })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `, ${count} ${name}`)
    .join('')

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')
