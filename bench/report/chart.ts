import type { MeasureName } from '../../testing/stats/measures.ts'
import type { Samples } from '../../testing/stats/samples.ts'

/** One group of bars: a measure of several targets as ratios to the first. */
interface Group {
  readonly title: string
  readonly scenario: string
  readonly measure: MeasureName
}

const groups: readonly Group[] = [
  { title: 'cold start', scenario: 'cold', measure: 'wall_ms' },
  { title: 'CPU per request', scenario: 'throughput', measure: 'cpu_us' },
  { title: 'CPU per streamed event', scenario: 'streams', measure: 'event_cpu_us' },
  { title: 'relay latency p99', scenario: 'streams', measure: 'relay_p99_ms' },
  { title: 'added time to first event', scenario: 'first-event', measure: 'added_ttft_ms' },
]

const targets = [
  { name: 'ours', title: 'this gateway', colour: '#2563eb' },
  { name: 'sdk', title: 'openai SDK forwarder', colour: '#94a3b8' },
  { name: 'portkey', title: 'Portkey 1.15.2', colour: '#f59e0b' },
  { name: 'framework', title: 'functions framework', colour: '#a78bfa' },
] as const

const title = "Each figure as a multiple of the bare relay's"
const rowHeight = 20
const left = 190
const barRoom = 420
const maxRatio = 8

/** Draws a bar chart as SVG: the figures of each target as multiples of those of the bare `node:http` relay, which is the line at 1.
 *  Bars longer than 8 × are cut, and their label has a note. */
export const chart = (samples: Samples): string => {
  let y = 56
  const parts: string[] = []
  for (const group of groups) {
    const bars = targets.flatMap(({ name, colour }) => {
      const ratio = samples.ratio({ ...group, target: name }, 'bare')
      return ratio ? [{ colour, ratio: ratio.median }] : []
    })
    if (bars.length === 0) continue
    parts.push(text(left - 12, y + (bars.length * rowHeight) / 2, group.title, 'end'))
    for (const { colour, ratio } of bars) {
      parts.push(bar(y, ratio, colour))
      y += rowHeight
    }
    y += 14
  }
  const one = left + barRoom / maxRatio
  const line = `<path d="M${one} 44V${y - 8}" stroke="#64748b" stroke-dasharray="4 3"/>`
  const size = `width="760" height="${y}" viewBox="0 0 760 ${y}"`
  const style = 'font-family="system-ui, sans-serif" font-size="12" fill="#334155"'
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${style}>\n<title>${title}</title>\n<rect width="100%" height="100%" fill="#ffffff"/>\n${[legend(), ...parts, line].join('\n')}\n</svg>\n`
}

const bar = (y: number, ratio: number, colour: string): string => {
  const width = (Math.max(0, Math.min(ratio, maxRatio)) * barRoom) / maxRatio
  const label = `${ratio.toFixed(2)} ×${ratio > maxRatio ? ' (cut)' : ''}`
  return `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${rowHeight - 5}" fill="${colour}"/>\n${text(left + width + 6, y + 12, label)}`
}

const legend = (): string => {
  const entries = targets.map(({ title, colour }, index) => {
    const x = 20 + index * 165
    return `<rect x="${x}" y="12" width="10" height="10" fill="${colour}"/>${text(x + 16, 21, title)}`
  })
  return [...entries, text(left + barRoom / maxRatio, 40, 'bare node:http = 1', 'middle')].join('\n')
}

const text = (x: number, y: number, content: string, anchor = 'start'): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`
