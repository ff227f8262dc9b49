import { buildProcesses, installPeers } from './build-processes.ts'
import { judge, needsClock, readGoals } from './goals.ts'
import { openLab } from './lab.ts'
import { parseOptions } from './options.ts'
import { reportOf, writeReport } from './report/write-report.ts'
import { scenariosNamed } from './scenarios/all.ts'

/** `npm run bench`: measures the built functions beside what they are compared with, and fails when a goal is missed. */

const options = parseOptions(process.argv.slice(2))
const chosen = scenariosNamed(options.only)
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
const report = reportOf(lab, verdicts)
console.log(`\n${report}`)
writeReport(lab, report)
if (verdicts.some(({ outcome }) => outcome === 'missed')) process.exitCode = 1
