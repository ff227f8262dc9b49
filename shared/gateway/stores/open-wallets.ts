import { GatewayError, misconfiguredError } from '../../protocol/errors.ts'
import { once } from '../../runtime/memoize.ts'
import { createWallets, type Wallets } from '../../wallet/wallets.ts'
import type { Config } from '../config/config.ts'
import { toRowStore } from '../config/usage-config.ts'
import { openRowStore } from './row-store.ts'

/** Returns a function that opens the wallets of a configuration, once.
 *  @throws gateway_misconfigured (503) from that function, if they are off or cannot be opened */
export const openWallets = (config: Config): (() => Promise<Wallets>) =>
  once(async () => {
    const { wallet } = config
    if (wallet.kind !== 'on') throw closedError(wallet.kind)
    const store = await openRowStore(toRowStore(wallet.store, 'wallet'))
    return createWallets({ store, dailyPoints: wallet.dailyPoints, onFall: await createOnFall(config) })
  })

/** Returns the user whose wallet calls without authentication have; undefined: they have none. Wallets in a file are those of one
 *  machine, on which all such calls are one user's. */
export const getOpenUser = ({ wallet }: Pick<Config, 'wallet'>): string | undefined =>
  wallet.kind === 'on' && wallet.store.kind === 'file' ? 'local' : undefined

const createOnFall = async (config: Config) =>
  config.alerts && (await import('./alerts.ts')).createAlerts(config, config.server.log).noteFall

const closedError = (kind: 'off' | 'refused'): GatewayError => {
  if (kind === 'refused') return misconfiguredError('Wallets are not set up.')
  const help = "Wallets are off. The gateway's operator switches them on with WALLET=on."
  return new GatewayError(503, 'gateway_misconfigured', help)
}
