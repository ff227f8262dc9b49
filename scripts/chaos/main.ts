import { parseArgs } from 'node:util'
import { storeNamed } from '../rig/stores.ts'
import { type ChaosOptions, runChaos } from './run.ts'

/** `npm run chaos -- --requests 10000 --faults 0.1 --kills 50 [--seed 1] [--store collection|mysql]`: the books after a run in
 *  which everything breaks. It ends with 1 when they do not balance. */

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    faults: { type: 'string', default: '0.1' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string', default: 'collection,mysql' },
  },
})

const options: ChaosOptions = {
  requests: Number(values.requests),
  faults: Number(values.faults),
  kills: Number(values.kills),
  seed: Number(values.seed),
}

for (const kind of values.store.split(',')) {
  const begin = performance.now()
  const result = await storeNamed(kind)(options.seed, (store) => runChaos(store, options))
  const seconds = Math.round((performance.now() - begin) / 1_000)
  const { failures, ...books } = result.reconciliation
  console.log(`\n${kind}: ${JSON.stringify(options)}, ${seconds} s`)
  console.table({
    ...books,
    pendingBeforeFlush: result.pending,
    flushedOrphans: result.flush.orphans,
    flushDelivered: result.flush.delivered,
  })
  console.table(failures)
  if (Object.values(failures).some((count) => count > 0)) process.exitCode = 1
}
