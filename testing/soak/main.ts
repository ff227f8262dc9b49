import { argumentsOf } from '../rig/arguments.ts'
import { storeNamed } from '../rig/stores.ts'
import { runSoak } from './run-soak.ts'
import { soakText } from './soak-text.ts'
import { violationsOf } from './violations.ts'

/** `npm run soak`: a steady mixed load on one function. It ends with 1 when a record is missing or too many, requests are turned
 *  away, memory drifts or a connection stays. */

const usage = `npm run soak -- [options]

  --seconds N      how long (default 600; in less than some minutes memory still warms up and counts as drift)
  --rate N         requests a second (default 50)
  --store NAME     mysql (default, needs MariaDB on this machine) or collection
  --seed N         repeats the run of that seed (default 1)
  --max-drift N    growth of memory that is let pass, as a fraction (default 0.1)
  --max-refused N  requests refused with a 503 that are let pass, as a fraction (default 0)`

const defaults = { seconds: 600, rate: 50, store: 'mysql', seed: 1, 'max-drift': 0.1, 'max-refused': 0 }

const { store: kind, 'max-drift': maxDrift, 'max-refused': maxRefused, ...options } = argumentsOf(usage, defaults)
console.log(`${kind}: ${options.rate} requests/s for ${options.seconds} s, seed ${options.seed}`)
const result = await storeNamed(kind)(options.seed, (store) => runSoak(store, options))
console.log(soakText(result))
const violations = violationsOf(result, { maxDrift, maxRefused })
for (const violation of violations) console.log(`VIOLATION: ${violation}`)
console.log(violations.length === 0 ? 'Nothing was lost, nothing leaks.' : `${violations.length} violations`)
if (violations.length > 0) process.exitCode = 1
