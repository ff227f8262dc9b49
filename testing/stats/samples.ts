import { type Summary, summarize } from './summary.ts'

/** Identifies a series of measurements. */
export interface Series {
  readonly scenario: string
  readonly target: string
  readonly measure: string
}

/** One measurement of one round. */
export interface Sample extends Series {
  readonly round: number
  readonly value: number
}

/** Collects the measurements of a run. */
export class Samples {
  readonly all: Sample[] = []

  add(scenario: string, target: string, { round, values }: { round: number; values: Record<string, number> }): void {
    for (const [measure, value] of Object.entries(values)) {
      if (Number.isFinite(value)) this.all.push({ scenario, target, measure, round, value })
    }
  }

  /** Summarizes all rounds. Returns undefined if there are no measurements. */
  summary(series: Series): Summary | undefined {
    return summarize([...this.byRound(series).values()])
  }

  /** Summarizes the ratios to another target. Each ratio is of one round, so that disturbances of both cancel out. */
  ratio(series: Series, over: string): Summary | undefined {
    const others = this.byRound({ ...series, target: over })
    const ratios = [...this.byRound(series)].map(([round, value]) => value / (others.get(round) ?? Number.NaN))
    return summarize(ratios.filter(Number.isFinite))
  }

  private byRound({ scenario, target, measure }: Series): Map<number, number> {
    const here = this.all.filter((sample) => {
      return sample.scenario === scenario && sample.target === target && sample.measure === measure
    })
    return new Map(here.map(({ round, value }) => [round, value]))
  }
}
