/** Holds points for many calls of one user at once, and settles every other one, as one instance. Prints the ids of the calls that were admitted. */
import { createWallets } from '../../shared/wallet/wallets.ts'
import { openWalletStore, repeat } from './wallet-stores.ts'

const { place, name, calls, points, user } = JSON.parse(process.argv[2] ?? '{}')
const store = openWalletStore(place)
const wallets = createWallets({ store, dailyPoints: 0 })
const admitted = await Promise.all(
  Array.from({ length: calls }, async (_, index) => {
    const id = `${name}-${index}`
    const hold = await repeat(() => wallets.reserve({ user, id, points, maxMs: 60_000 }))
    if (!('settle' in hold)) return []
    if (index % 2 === 0) await repeat(() => hold.settle(points))
    return [id]
  }),
)
await store.end()
process.stdout.write(JSON.stringify(admitted.flat()), () => process.exit())
