import { readFileSync } from 'node:fs'
import { type MeasureName, measures } from '../testing/stats/measures.ts'
import type { Samples } from '../testing/stats/samples.ts'
import type { Summary } from '../testing/stats/summary.ts'

/** One row of `goals.json`: a measured figure, or its ratio to another target's, and its bound. */
export interface Goal {
  readonly goal: string
  readonly scenario: string
  readonly target: string
  readonly measure: MeasureName
  /** The target whose figure of the same round it is divided by. */
  readonly over?: string
  readonly atMost?: number
  readonly atLeast?: number
}

/** A goal and how it came out: the median counts. */
export interface Verdict {
  readonly goal: Goal
  readonly outcome: 'met' | 'missed' | 'not measured'
  readonly figure: Summary | undefined
}

export const readGoals = (): Goal[] => JSON.parse(readFileSync('bench/goals.json', 'utf8')) as Goal[]

/** Whether a goal is read off a clock. */
export const needsClock = ({ measure }: Goal): boolean => measures[measure].clock

/** Holds the goals against what was measured; the missed ones come first, then those that were not measured. */
export const judge = (goals: readonly Goal[], samples: Samples): Verdict[] => {
  const order = { missed: 0, 'not measured': 1, met: 2 }
  return goals.map((goal) => judgeGoal(goal, samples)).sort((one, other) => order[one.outcome] - order[other.outcome])
}

const judgeGoal = (goal: Goal, samples: Samples): Verdict => {
  const figure = goal.over === undefined ? samples.summary(goal) : samples.ratio(goal, goal.over)
  if (figure === undefined) return { goal, outcome: 'not measured', figure }
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = goal
  const met = figure.median <= atMost && figure.median >= atLeast
  return { goal, outcome: met ? 'met' : 'missed', figure }
}
