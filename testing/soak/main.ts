import { readArguments } from '../rig/parse-arguments.ts'
import { findStore } from '../rig/stores.ts'
import { formatSoak } from './format-soak.ts'
import { runSoak } from './run-soak.ts'
import { findViolations } from './violations.ts'

/** `npm run soak`: a steady mixed load on one function. It exits with 1 if a record is missing or doubled, requests are rejected,
 *  memory grows or a connection stays open. */

const usage = `npm run soak -- [options]

  --seconds N      duration (default 600; in the first minutes memory still warms up and counts as drift)
  --rate N         requests per second (default 50)
  --store NAME     mysql (default, needs MariaDB on this machine) or collection
  --seed N         seed of the random numbers (default 1)
  --max-drift N    allowed growth of memory, as a fraction (default 0.1)
  --max-refused N  allowed share of requests with a 503, as a fraction (default 0)`

const defaults = { seconds: 600, rate: 50, store: 'mysql', seed: 1, 'max-drift': 0.1, 'max-refused': 0 }

const {
  store: kind,
  'max-drift': maxDrift,
  'max-refused': maxRefused,
  ...options
} = readArguments(usage, defaults, ({ store }) => findStore(store, usage))
console.log(`${kind}: ${options.rate} requests/s for ${options.seconds} s, seed ${options.seed}`)
const result = await findStore(kind, usage)(options.seed, (store) => runSoak(store, options))
console.log(formatSoak(result))
const violations = findViolations(result, { maxDrift, maxRefused })
for (const violation of violations) console.log(`VIOLATION: ${violation}`)
console.log(violations.length === 0 ? 'No violations.' : `${violations.length} violations`)
if (violations.length > 0) process.exitCode = 1
