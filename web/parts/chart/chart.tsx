import { useEffect, useRef, useState } from 'preact/hooks'
import UPlot from 'uplot'
import { type Stack, toHeights } from './stack-days.ts'

/** The options of {@link Chart}. */
export interface ChartOptions {
  readonly stack: Stack
  /** What the chart shows, for those who cannot see it. */
  readonly label: string
  /** The name of the series of all other models. */
  readonly others: string
  readonly formatNumber: (value: number) => string
}

const height = 260

/** Draws bars by day, one colour for each model. Below it are the names of the colours, or the values of the day under the pointer. */
export const Chart = ({ stack, label, others, formatNumber }: ChartOptions) => {
  const box = useRef<HTMLDivElement>(null)
  const [day, setDay] = useState<number | undefined>(undefined)
  const scheme = useScheme()
  useEffect(() => {
    if (!box.current) return
    const plot = new UPlot(
      createOptions({
        stack,
        colours: readColours(box.current),
        formatNumber,
        onDay: setDay,
        width: box.current.clientWidth,
      }),
      [stack.days.map((_, index) => index), ...toHeights(stack)],
      box.current,
    )
    const observer = new ResizeObserver(([entry]) => {
      if (entry) plot.setSize({ width: entry.contentRect.width, height })
    })
    observer.observe(box.current)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [stack, scheme, formatNumber])
  return (
    <figure class="chart">
      <div ref={box} class="chart-box" role="img" aria-label={label} />
      <figcaption class="legend">
        {day !== undefined && <span class="legend-day">{stack.days[day]}</span>}
        {stack.series.map(({ model = others, values }, index) => (
          <span key={model} class={`legend-item colour-${index}`}>
            {model}
            {day !== undefined && ` ${formatNumber(values[day] ?? 0)}`}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

/** Returns a text that changes with the colours of the page. */
const useScheme = (): string => {
  const [scheme, setScheme] = useState(readScheme)
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const update = (): void => setScheme(readScheme)
    const observer = new MutationObserver(update)
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    dark.addEventListener('change', update)
    update()
    return () => {
      observer.disconnect()
      dark.removeEventListener('change', update)
    }
  }, [])
  return scheme
}

const readScheme = (): string =>
  `${document.documentElement.dataset['theme']} ${matchMedia('(prefers-color-scheme: dark)').matches}`

interface Colours {
  readonly ink: string
  readonly line: string
  /** One for each series. */
  readonly series: readonly string[]
}

/** A canvas knows no variables of CSS, so that a probe resolves them. */
const readColours = (box: HTMLElement): Colours => {
  const probe = document.createElement('span')
  box.append(probe)
  const read = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const colours = {
    ink: read('--ink-quiet'),
    line: read('--line'),
    series: [0, 1, 2, 3, 4, 5].map((index) => read(`--series-${index}`)),
  }
  probe.remove()
  return colours
}

interface PlotOptions extends Pick<ChartOptions, 'stack' | 'formatNumber'> {
  readonly colours: Colours
  readonly width: number
  /** Called with the number of the day under the pointer. */
  readonly onDay: (day: number | undefined) => void
}

const createOptions = ({ stack, colours, width, formatNumber, onDay }: PlotOptions): UPlot.Options => {
  const { days, series } = stack
  const axis = { stroke: colours.ink, font: '12px system-ui, sans-serif', ticks: { show: false } }
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => onDay(cursor.idx ?? undefined)] },
    scales: {
      x: { time: false, range: () => [-0.6, days.length - 0.4] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { show: false },
        incrs: [1, 2, 5, 10, 15, 30, 60, 120, 365],
        values: (_, places) => places.map((place) => days[place]?.slice(5) ?? ''),
      },
      { ...axis, size: 64, grid: { stroke: colours.line, width: 1 }, values: (_, values) => values.map(formatNumber) },
    ],
    series: [
      {},
      ...series.map((_, index) => ({
        fill: colours.series[index] ?? colours.ink,
        paths: UPlot.paths.bars?.({ size: [0.7, 40] }) ?? (() => null),
        points: { show: false },
        width: 0,
      })),
    ],
  }
}
