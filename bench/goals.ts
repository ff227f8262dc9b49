import { readFileSync } from 'node:fs'
import { type MeasureName, measures } from '../testing/stats/measures.ts'
import type { Samples } from '../testing/stats/samples.ts'
import type { Summary } from '../testing/stats/summary.ts'

/** One row of `goals.json`: a figure, or its ratio to the figure of another target, and its bound. */
export interface Goal {
  readonly goal: string
  readonly scenario: string
  readonly target: string
  readonly measure: MeasureName
  /** The target by whose figure of the same round it is divided. */
  readonly over?: string
  readonly atMost?: number
  readonly atLeast?: number
}

/** A goal and its outcome. The median counts. */
export interface Verdict {
  readonly goal: Goal
  readonly outcome: 'met' | 'missed' | 'not measured'
  readonly figure: Summary | undefined
}

/** Reads `goals.json`. */
export const readGoals = (): Goal[] => JSON.parse(readFileSync('bench/goals.json', 'utf8')) as Goal[]

/** Whether a goal is measured by the clock. */
export const needsClock = ({ measure }: Goal): boolean => measures[measure].clock

/** Compares the goals with the samples. Missed goals come first, then goals without samples. */
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
