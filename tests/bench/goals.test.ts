import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type Goal, judge, readGoals } from '../../bench/goals.ts'
import { goalsTable } from '../../bench/report/markdown.ts'
import { insertReport } from '../../bench/report/write-report.ts'
import { scenarios } from '../../bench/scenarios/all.ts'
import { measures } from '../../testing/stats/measures.ts'
import { Samples } from '../../testing/stats/samples.ts'

const goal = (parts: Partial<Goal>): Goal => ({
  goal: 'CPU per request',
  scenario: 'throughput',
  target: 'ours',
  measure: 'cpu_us',
  ...parts,
})

const toSamples = (values: Readonly<Record<string, number>>): Samples => {
  const samples = new Samples()
  for (const [target, value] of Object.entries(values)) {
    samples.add('throughput', target, { round: 0, values: { cpu_us: value } })
  }
  return samples
}

describe('a goal', () => {
  test.each([
    ['met', 'at its upper bound', { atMost: 1.3, over: 'bare' }, { ours: 130, bare: 100 }],
    ['missed', 'above its upper bound', { atMost: 1.3, over: 'bare' }, { ours: 131, bare: 100 }],
    ['missed', 'below its lower bound', { atLeast: 5 }, { ours: 4.9 }],
    ['met', 'at its lower bound', { atLeast: 5 }, { ours: 5 }],
    ['not measured', 'without samples', { atMost: 1 }, {}],
    ['not measured', 'without samples of the other target', { atMost: 1, over: 'bare' }, { ours: 1 }],
  ] as const)('is %s %s', (outcome, _, parts, values) => {
    expect(judge([goal(parts)], toSamples(values)).map((verdict) => verdict.outcome)).toEqual([outcome])
  })

  test('is listed first if missed, next if not measured', () => {
    const goals = [
      goal({ goal: 'met', atMost: 9 }),
      goal({ goal: 'unknown', target: 'unknown', atMost: 9 }),
      goal({ goal: 'missed', atMost: 1 }),
    ]
    const verdicts = judge(goals, toSamples({ ours: 5 }))
    expect(verdicts.map((verdict) => verdict.goal.goal)).toEqual(['missed', 'unknown', 'met'])
    const rows = goalsTable(verdicts).split('\n').slice(2)
    expect(rows[0]).toContain('**missed**')
    expect(rows[2]).toMatch(/\| met \|$/)
  })
})

describe('goals.json', () => {
  test.each(readGoals().map((row) => [row.goal, row] as const))(
    'has a bound, and a scenario and a measure that exist: %s',
    (_, row) => {
      expect([row.atMost, row.atLeast].filter((bound) => bound !== undefined)).toHaveLength(1)
      expect(scenarios.map(({ name }) => name)).toContain(row.scenario)
      expect(Object.keys(measures)).toContain(row.measure)
    },
  )
})

describe('the report', () => {
  test('replaces the last report on its page', () => {
    const page = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n'
    const once = insertReport(page, 'new')
    expect(once).toBe('before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter\n')
    expect(insertReport(once, 'new')).toBe(once)
  })

  test('finds its markers on the page of the documentation', () => {
    expect(insertReport(readFileSync('docs/performance.md', 'utf8'), 'new')).toContain('-->\nnew\n<!--')
  })

  test('throws for a page without markers', () => {
    expect(() => insertReport('# a page', 'new')).toThrow(TypeError)
  })
})
