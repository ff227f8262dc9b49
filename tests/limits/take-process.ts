/** Asks a quota for many calls at once, as one instance. Prints how many passed. */
import { createQuotas } from '../../shared/limits/quotas/quotas.ts'
import { openWalletStore, repeat } from '../wallet/wallet-stores.ts'

const { place, name, calls, quotas } = JSON.parse(process.argv[2] ?? '{}')
const store = openWalletStore(place)
const { take } = createQuotas({ store })
const user = { id: 'crowd', kind: 'user', groups: [] } as const
const amounts = { requests: 1, tokens: 10, points: 0 }
const results = await Promise.all(
  Array.from({ length: calls }, (_, index) =>
    repeat(() => take(quotas, { user, model: 'm', id: `${name}-${index}`, amounts, maxMs: 60_000 })),
  ),
)
await store.end()
process.stdout.write(String(results.filter((result) => 'settle' in result).length), () => process.exit())
