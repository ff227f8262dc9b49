import { readArguments } from '../rig/parse-arguments.ts'
import { findStore } from '../rig/stores.ts'
import { runFleet } from './run-fleet.ts'
import { runSharedFleet } from './run-shared-fleet.ts'

/** `npm run fleet`: ten targets that fail in every way, and what their clients notice of it. It exits with 1 if a promise does not hold. */

const usage = `npm run fleet -- [options]

  --requests N   requests (default 20000)
  --seed N       seed of the random numbers (default 1)
  --speed N      how many times faster the clock of the functions runs (default 1000)
  --store NAME   the store of the run in which instances share limits and rests: mysql (default), collection or rdb`

const { store, ...options } = readArguments(usage, { requests: 20_000, seed: 1, speed: 1000, store: 'mysql' })
const withStore = findStore(store, usage)
const begunAt = performance.now()
const { violations, ...figures } = await runFleet(options)
console.log(`${Math.round((performance.now() - begunAt) / 1_000)} s`)
for (const [name, value] of Object.entries({ ...figures, ...violations })) console.log(`  ${name.padEnd(12)} ${value}`)
const shared = await withStore(options.seed, ({ variables }) => runSharedFleet(variables))
for (const [name, value] of Object.entries(shared)) console.log(`  ${store}, ${name.padEnd(12)} ${value}`)
const isGood = [...Object.values(violations), ...Object.values(shared)].every((count) => count === 0)
if (!isGood || figures.shareError > 0.02 || figures.affinity < 0.99) process.exitCode = 1
