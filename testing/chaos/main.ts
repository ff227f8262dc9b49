import { balances } from '../rig/books.ts'
import { readArguments } from '../rig/parse-arguments.ts'
import type { StoreUnderTest } from '../rig/store-under-test.ts'
import { findStore } from '../rig/stores.ts'
import { formatBooks, formatWaits, formatWalletBooks } from './format-books.ts'
import { measureCalm, runChaos } from './run-chaos.ts'
import { runWalletChaos, type WalletChaosOptions } from './wallets/run-wallet-chaos.ts'

/** `npm run chaos`: the books after a run with faults everywhere. It exits with 1 if they do not balance. */

const usage = `npm run chaos -- [options]

  --requests N   requests for each store (default 10000)
  --faults N     share of faults in provider, store and webhook (default 0.1)
  --kills N      processes killed during the run (default 50)
  --seed N       seed of the random numbers (default 1)
  --wallets N    users with wallets and quotas, who get points, lose them and call; the books are then those of wallets and
                 quotas (default 0)
  --store NAMES  collection, mysql (needs MariaDB on this machine), rdb (needs PostgreSQL) or several, separated by commas
                 (default collection,mysql)`

const defaults = { requests: 10_000, faults: 0.1, kills: 50, seed: 1, wallets: 0, store: 'collection,mysql' }

const getStores = ({ store }: { readonly store: string }) =>
  store.split(',').map((kind) => ({ kind, run: findStore(kind, usage) }))

const given: WalletChaosOptions & { readonly store: string } = readArguments(usage, defaults, getStores)

const runWalletsOn = async (kind: string, store: StoreUnderTest): Promise<void> => {
  const { requests, faults, kills, seed, wallets } = given
  console.log(
    `\n${kind}: ${wallets} wallets, ${requests} requests, ${faults * 100} % faults, ${kills} kills, seed ${seed}`,
  )
  const books = await runWalletChaos(store, given)
  console.log(formatWalletBooks(books))
  if (!balances(books)) process.exitCode = 1
}

const runOn = async (kind: string, store: StoreUnderTest): Promise<void> => {
  const { requests, faults, kills, seed } = given
  console.log(`\n${kind}: ${requests} requests, ${faults * 100} % faults, ${kills} kills, seed ${seed}`)
  console.log(formatWaits(await measureCalm(store, seed)))
  const begin = performance.now()
  const result = await runChaos(store, given)
  console.log(`The run, ${Math.round((performance.now() - begin) / 1_000)} s:\n${formatBooks(result)}`)
  if (!balances(result.reconciliation)) process.exitCode = 1
}

const runGiven = given.wallets > 0 ? runWalletsOn : runOn
for (const { kind, run } of getStores(given)) await run(given.seed, (store) => runGiven(kind, store))
