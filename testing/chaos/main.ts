import { balances } from '../rig/books.ts'
import { readArguments } from '../rig/parse-arguments.ts'
import type { StoreUnderTest } from '../rig/store-under-test.ts'
import { findStore } from '../rig/stores.ts'
import { formatBooks, formatWaits } from './format-books.ts'
import { type ChaosOptions, measureCalm, runChaos } from './run-chaos.ts'

/** `npm run chaos`: the books after a run with faults everywhere. It exits with 1 if they do not balance. */

const usage = `npm run chaos -- [options]

  --requests N   requests for each store (default 10000)
  --faults N     share of faults in provider, store and webhook (default 0.1)
  --kills N      processes killed during the run (default 50)
  --seed N       seed of the random numbers (default 1)
  --store NAMES  collection, mysql (needs MariaDB on this machine) or both, separated by a comma (default)`

const defaults = { requests: 10_000, faults: 0.1, kills: 50, seed: 1, store: 'collection,mysql' }

const getStores = ({ store }: { readonly store: string }) =>
  store.split(',').map((kind) => ({ kind, run: findStore(kind, usage) }))

const given: ChaosOptions & { readonly store: string } = readArguments(usage, defaults, getStores)

const runOn = async (kind: string, store: StoreUnderTest): Promise<void> => {
  const { requests, faults, kills, seed } = given
  console.log(`\n${kind}: ${requests} requests, ${faults * 100} % faults, ${kills} kills, seed ${seed}`)
  console.log(formatWaits(await measureCalm(store, seed)))
  const begin = performance.now()
  const result = await runChaos(store, given)
  console.log(`The run, ${Math.round((performance.now() - begin) / 1_000)} s:\n${formatBooks(result)}`)
  if (!balances(result.reconciliation)) process.exitCode = 1
}

for (const { kind, run } of getStores(given)) await run(given.seed, (store) => runOn(kind, store))
