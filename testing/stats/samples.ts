import { type Summary, summaryOf } from './summary.ts'

/** What was measured where. */
export interface Place {
  readonly scenario: string
  readonly target: string
  readonly measure: string
}

/** One measurement of one round. */
export interface Sample extends Place {
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

  /** The summary over all rounds; undefined where nothing was measured. */
  summary(place: Place): Summary | undefined {
    return summaryOf([...this.byRound(place).values()])
  }

  /** The summary of the ratios to another target, each taken within one round, so that what slows both cancels out. */
  ratio(place: Place, over: string): Summary | undefined {
    const others = this.byRound({ ...place, target: over })
    const ratios = [...this.byRound(place)].map(([round, value]) => value / (others.get(round) ?? Number.NaN))
    return summaryOf(ratios.filter(Number.isFinite))
  }

  private byRound({ scenario, target, measure }: Place): Map<number, number> {
    const here = this.all.filter((sample) => {
      return sample.scenario === scenario && sample.target === target && sample.measure === measure
    })
    return new Map(here.map(({ round, value }) => [round, value]))
  }
}
