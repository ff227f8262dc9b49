import { UsageError } from '../../scripts/command-line/usage-error.ts'
import { readArguments } from '../rig/parse-arguments.ts'
import { startLab } from './lab.ts'
import { fuzzProperties } from './properties/all.ts'
import { type FuzzResult, runFuzz } from './run-fuzz.ts'
import { watchProgress } from './watchdog.ts'

/** `npm run fuzz`: sends random inputs to every endpoint and parser. It prints the seed, so that a run can be repeated, and exits
 *  with 1 if a property does not hold. */

const areas = [...new Set(fuzzProperties.map(({ area }) => area))]

const usage = `npm run fuzz -- [options]

  --seed N      seed of the random inputs (default: a random one, which is printed)
  --cases N     number of cases of all properties together (default 60000)
  --only AREAS  only these areas, separated by commas: ${areas.join(', ')}`

const splitAreas = (text: string): string[] => text.split(',').filter((area) => area !== '')

const defaults = { seed: Date.now() % 2_147_483_647, cases: 60_000, only: '' }
const values = readArguments(usage, defaults, (given) => {
  const unknown = splitAreas(given.only).find((area) => !areas.includes(area))
  if (unknown) throw new UsageError(`There is no area '${unknown}'. Choose from ${areas.join(', ')}.`, usage)
})

const only = splitAreas(values.only)
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
