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

const values = argumentsOf(usage, {
  seconds: { type: 'string', default: '600' },
  rate: { type: 'string', default: '50' },
  store: { type: 'string', default: 'mysql' },
  seed: { type: 'string', default: '1' },
  'max-drift': { type: 'string', default: '0.1' },
  'max-refused': { type: 'string', default: '0' },
})

const options = { seconds: Number(values.seconds), rate: Number(values.rate), seed: Number(values.seed) }
console.log(`${values.store}: ${options.rate} requests/s for ${options.seconds} s, seed ${options.seed}`)
const result = await storeNamed(values.store)(options.seed, (store) => runSoak(store, options))
console.log(soakText(result))
const violations = violationsOf(result, {
  maxDrift: Number(values['max-drift']),
  maxRefused: Number(values['max-refused']),
})
for (const violation of violations) console.log(`VIOLATION: ${violation}`)
console.log(violations.length === 0 ? 'Nothing was lost, nothing leaks.' : `${violations.length} violations`)
if (violations.length > 0) process.exitCode = 1
