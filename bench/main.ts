import { runTool } from '../scripts/command-line/run-tool.ts'
import { buildProcesses, installPeers } from './build-processes.ts'
import { judge, needsClock, readGoals } from './goals.ts'
import { openLab } from './lab.ts'
import { benchHelp, type Options, parseOptions } from './options.ts'
import { createReport, writeReport } from './report/write-report.ts'
import { findScenarios } from './scenarios/all.ts'
import type { Scenario } from './scenarios/scenario.ts'

/** `npm run bench`: measures the built functions and the programs to compare with. Exits with 1 if a goal is missed. */
const main = async (argv: readonly string[]): Promise<number> => {
  const options = parseOptions(argv)
  const chosen = findScenarios(options.only)
  if (options.help) {
    console.log(benchHelp)
    return 0
  }
  return (await measure(options, chosen)) ? 0 : 1
}

/** Measures the scenarios. Returns whether every goal is met. */
const measure = async (options: Options, chosen: readonly Scenario[]): Promise<boolean> => {
  await buildProcesses()
  if (options.peers) installPeers()

  const lab = await openLab(options)
  try {
    for (const { name, run } of chosen) {
      const startedAt = performance.now()
      await run(lab)
      console.log(`${name}: ${((performance.now() - startedAt) / 1e3).toFixed(0)} s`)
    }
  } finally {
    await lab.close()
  }

  const goals = readGoals().filter((goal) => chosen.some(({ name }) => name === goal.scenario))
  const verdicts = judge(
    goals.filter((goal) => options.clock || !needsClock(goal)),
    lab.samples,
  )
  const report = createReport(lab, verdicts)
  console.log(`\n${report}`)
  writeReport(lab, report)
  return verdicts.every(({ outcome }) => outcome !== 'missed')
}

await runTool(main)
