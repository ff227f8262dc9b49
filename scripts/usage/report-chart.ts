import type { UsageTotals } from '../../shared/usage/store/totals.ts'
import { nameOf, widthOf } from './report-table.ts'

const rowHeight = 24
const barWidth = 520
const margin = 16
const top = 84
/** Pixels of a narrow character, generously, at the size of the chart's text. */
const characterWidth = 7.7
/** More groups than a page shows are left to the table. */
const mostRows = 200
const colours = {
  prompt: '#3b6fb6',
  completion: '#e08a3c',
  flaw: '#b3261e',
  quiet: '#555555',
  grid: '#e3e3e3',
} as const

/** Where things are: the left end of the bars, the whole picture's size, and pixels a token. */
interface Frame {
  readonly left: number
  readonly width: number
  readonly height: number
  readonly scale: number
}

/** A report as an SVG picture: a bar of tokens for each group, prompt and completion apart, over a scale of tokens, with its
 *  records and points, and in red what is not as it should be. */
export const reportChart = (all: readonly UsageTotals[], title: string): string => {
  const shown = all.slice(0, mostRows)
  const most = Math.max(1, ...shown.map((totals) => totals.total_tokens))
  const left = margin + widest(shown.map(nameOf)) + 10
  const frame: Frame = {
    left,
    width: left + barWidth + widest(shown.map((totals) => figuresOf(totals) + flawsOf(totals))) + 2 * margin,
    height: top + shown.length * rowHeight + margin,
    scale: barWidth / most,
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(frame.width)} ${frame.height}" width="${px(frame.width)}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${margin}" y="24" font-size="16" font-weight="600">${escaped(title)}</text>
${legend}
${scaleOf(most, frame)}
${shown.map((totals, index) => bar(totals, top + index * rowHeight, frame)).join('\n')}
</svg>
`
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf)) * characterWidth

const px = (value: number): string => value.toFixed(1)

const legend = (['prompt', 'completion'] as const)
  .map((name, index) => {
    const x = margin + index * 140
    return `<rect x="${x}" y="40" width="12" height="12" fill="${colours[name]}"/><text x="${x + 18}" y="51">${name} tokens</text>`
  })
  .join('')

/** Lines at round numbers of tokens. */
const scaleOf = (most: number, { left, height, scale }: Frame): string => {
  const step = roundStep(most / 4)
  const lines = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
  return lines
    .map((tokens) => {
      const x = px(left + tokens * scale)
      const line = `<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${height - margin}" stroke="${colours.grid}"/>`
      return `${line}<text x="${x}" y="${top - 12}" text-anchor="middle" fill="${colours.quiet}">${short(tokens)}</text>`
    })
    .join('\n')
}

/** The least of 1, 2, 5, 10, 20, 50 … that is not below a value. */
const roundStep = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power
}

const short = (value: number): string =>
  new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value)

const bar = (totals: UsageTotals, y: number, { left, scale }: Frame): string => {
  const prompt = totals.prompt_tokens * scale
  const completion = totals.completion_tokens * scale
  const end = left + prompt + completion + 8
  return [
    `<text x="${px(left - 10)}" y="${y + 15}" text-anchor="end">${escaped(nameOf(totals))}</text>`,
    `<rect x="${px(left)}" y="${y + 3}" width="${px(prompt)}" height="16" fill="${colours.prompt}"/>`,
    `<rect x="${px(left + prompt)}" y="${y + 3}" width="${px(completion)}" height="16" fill="${colours.completion}"/>`,
    `<text x="${px(end)}" y="${y + 15}" fill="${colours.quiet}">${figuresOf(totals)}`,
    `<tspan fill="${colours.flaw}">${flawsOf(totals)}</tspan></text>`,
  ].join('')
}

const figuresOf = ({ records, points, total_tokens: tokens }: UsageTotals): string =>
  `${short(tokens)} tokens, ${records} records, ${points} points`

const flawsOf = ({ estimated, orphans, undelivered, dead }: UsageTotals): string =>
  Object.entries({ estimated, orphans, undelivered, dead })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `, ${count} ${name}`)
    .join('')

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')
