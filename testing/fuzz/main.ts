import { readArguments } from '../rig/parse-arguments.ts'
import { startLab } from './lab.ts'
import { fuzzProperties } from './properties/all.ts'
import { type FuzzResult, runFuzz } from './run-fuzz.ts'
import { watchProgress } from './watchdog.ts'

/** `npm run fuzz`: tries to break every door with inputs of all kinds. It prints the seed, so that a run can be repeated, and
 *  ends with 1 when a property does not hold. */

const areas = [...new Set(fuzzProperties.map(({ area }) => area))]

const usage = `npm run fuzz -- [options]

  --seed N      repeats the run of that seed; a random one if absent
  --cases N     cases of all properties together (default 60000)
  --only AREAS  only these areas, separated by commas: ${areas.join(', ')}`

const values = readArguments(usage, { seed: Date.now() % 2_147_483_647, cases: 60_000, only: '' })

const only = values.only.split(',').filter((area) => area !== '')
const unknown = only.find((area) => !areas.includes(area))
if (unknown) throw new Error(`There is no area '${unknown}'. Choose from ${areas.join(', ')}.`)

const options = { ...values, only }
console.log(`seed ${options.seed}, ${options.cases} cases${only.length > 0 ? ` of all, only ${only.join(', ')}` : ''}`)

const show = (results: readonly FuzzResult[]): void => {
  console.table(
    results.map(({ area, title, cases, seconds, failure }) => ({
      area,
      title,
      cases,
      failures: failure ? 1 : 0,
      seconds,
    })),
  )
  for (const { area, title, failure } of results) {
    if (failure) console.log(`\n${area}: ${title}\n${failure}\n`)
  }
  const cases = results.reduce((sum, result) => sum + result.cases, 0)
  const failed = results.filter(({ failure }) => failure).length
  console.log(`${cases} cases, ${failed} of ${results.length} properties failed`)
  if (failed > 0) process.exitCode = 1
}

const watchdog = await watchProgress(fuzzProperties)
const lab = await startLab()
try {
  show(await runFuzz(watchdog.watched, lab, options))
} finally {
  await lab.close()
  await watchdog.end()
}
