import { expect, test } from '@jest/globals'
import { DeploymentError } from '../../scripts/cloud/client/deployment-error.ts'
import { runSteps } from '../../scripts/cloud/prompt/run-steps.ts'
import { showPlan } from '../../scripts/cloud/prompt/show-plan.ts'
import type { Step } from '../../scripts/cloud/prompt/step.ts'

const step = (name: string, run: Step['run'], plan?: string): Step => ({ name, run, plan: async () => plan })

const done = (name: string): Step => step(name, async () => 'done')

const failing = (name: string, message: string): Step =>
  step(name, async () => {
    throw new DeploymentError(message)
  })

const runAll = async (stages: readonly (readonly Step[])[]) => {
  const lines: string[] = []
  const ok = await runSteps(stages, (line) => lines.push(line))
  return { ok, lines }
}

test('runs the steps of a stage together and stages one after another, and numbers all', async () => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = step('slow', async (note) => {
    note('waiting: 10 s')
    await released
    return 'done (slowly)'
  })
  const quick = step('quick', async () => {
    setImmediate(release)
    return 'up to date'
  })
  expect(await runAll([[slow, quick], [], [done('last')]])).toEqual({
    ok: true,
    lines: [
      '[1/3] slow …',
      '[1/3] slow: waiting: 10 s',
      '[2/3] quick …',
      '[2/3] quick: up to date',
      '[1/3] slow: done (slowly)',
      '[3/3] last …',
      '[3/3] last: done',
    ],
  })
})

test('names each failed step, and what is done and not done, and starts no later stage', async () => {
  const { ok, lines } = await runAll([
    [done('one')],
    [failing('two', 'Two is broken.'), done('three'), failing('four', 'Four is, too.')],
    [done('five')],
  ])
  expect(ok).toBe(false)
  expect(lines.slice(lines.indexOf(''))).toEqual([
    '',
    'Failed: two. Two is broken.',
    'Failed: four. Four is, too.',
    'Done:     one, three',
    'Not done: two, four, five',
    'To go on: run the same command again; completed steps are not repeated.',
  ])
})

test('speaks Chinese', async () => {
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  const stages = [[done('one')], [failing('two', 'Two is broken.')]]
  expect(await showPlan(stages, print, 'zh')).toBe(0)
  expect(await runSteps(stages, print, 'zh')).toBe(false)
  expect(lines.slice(0, 3)).toEqual(['\n计划', '  one: 无需改动', '  two: 无需改动'])
  expect(lines.slice(-4)).toEqual([
    '失败：two。Two is broken.',
    '已完成：one',
    '未完成：two',
    '继续：再次运行同一条命令，已完成的步骤不会重复。',
  ])
})

test('shows the plan in order and counts the changes', async () => {
  const lines: string[] = []
  const late = step('late', async () => '', 'create')
  const stages = [
    [{ ...late, plan: () => new Promise<string>((resolve) => setTimeout(resolve, 5, 'create')) }, done('done')],
    [step('other', async () => '', 'remove')],
  ]
  expect(await showPlan(stages, (line) => lines.push(line))).toBe(2)
  expect(lines).toEqual(['\nPlan', '  late: create', '  done: nothing to do', '  other: remove'])
})
