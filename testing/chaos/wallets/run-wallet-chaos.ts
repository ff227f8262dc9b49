import type { Quota } from '../../../shared/limits/quotas/quota.ts'
import { createWallets } from '../../../shared/wallet/wallets.ts'
import { observe } from '../../rig/client.ts'
import { faultyUpstream } from '../../rig/faulty-upstream.ts'
import { flushAhead } from '../../rig/flush-ahead.ts'
import { gatewayVariables } from '../../rig/gateway-variables.ts'
import { type KillableFunction, killableFunction, type Variables } from '../../rig/killable-function.ts'
import { between, randomFrom } from '../../rig/random.ts'
import type { StoreUnderTest } from '../../rig/store-under-test.ts'
import { type LoopbackServer, loopbackServer } from '../../servers/loopback-server.ts'
import { pickPort, runKilledLoad } from '../killed-load.ts'
import type { ChaosOptions } from '../run-chaos.ts'
import { createGrants, type Grants } from './grants.ts'
import { createChaosQuotas, type QuotaBooks, reconcileQuotas, type UserCall } from './reconcile-quotas.ts'
import { reconcileWallets, type WalletBooks } from './reconcile-wallets.ts'

/** The options of {@link runWalletChaos}. */
export interface WalletChaosOptions extends ChaosOptions {
  /** Number of users. Each has a wallet. */
  readonly wallets: number
}

const adminKey = 'admin-key-of-a-test-0123456789'
/** Share of clients that leave early. */
const leaves = 0.05
/** Shares of the requests that grant points and that take a grant back. */
const grantShare = 0.15
const revokeShare = 0.03

/** The books of wallets and quotas. All of `failures` must be 0. */
export interface AccountBooks {
  readonly figures: WalletBooks['figures'] & QuotaBooks['figures']
  readonly failures: WalletBooks['failures'] & QuotaBooks['failures']
}

/** Lets users with quotas call, get points and lose them while provider and store fail, clients leave, grants expire and processes
 *  are killed. Then ends all faults, runs one flush, and compares the wallets with the grants and the records, and the quotas with
 *  the calls. */
export const runWalletChaos = async (store: StoreUnderTest, options: WalletChaosOptions): Promise<AccountBooks> => {
  const users = Array.from({ length: options.wallets }, (_, index) => `user-${index}`)
  const upstream = await faultyUpstream(options)
  const loginService = await startLoginService()
  const quotas = createChaosQuotas(options.requests, options.wallets)
  const variables = toVariables(store, { upstream: upstream.url, loginService: loginService.url, quotas })
  const walletStore = store.openWallets()
  try {
    const { grants, ...seen } = await runLoad(store, variables, { ...options, users })
    await store.setFaults(0)
    await flushAhead(variables, 1)
    const wallets = createWallets({ store: walletStore, dailyPoints: 0 })
    const rows = await store.rows()
    const reached = upstream.truth
    const walletBooks = await reconcileWallets({ wallets, users, grants: grants.made, rows })
    const quotaBooks = await reconcileQuotas({ store: walletStore, quotas, users, rows, reached, ...seen })
    return {
      figures: { ...walletBooks.figures, ...quotaBooks.figures },
      failures: { ...walletBooks.failures, ...quotaBooks.failures },
    }
  } finally {
    await walletStore.end()
    await loginService.close()
    await upstream.close()
  }
}

/** A login service that knows each user by the token of the same name. */
const startLoginService = (): Promise<LoopbackServer> =>
  loopbackServer((request, response) => {
    const user = (request.headers.authorization ?? '').replace('Bearer ', '')
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sub: user, name: user }))
  })

interface Pointed {
  readonly upstream: string
  readonly loginService: string
  readonly quotas: readonly Quota[]
}

const toVariables = (store: StoreUnderTest, { upstream, loginService, quotas }: Pointed): Variables => ({
  CLOUDBASE_ENV_ID: 'chaos',
  ...gatewayVariables(store, { upstream, webhook: '' }),
  AUTH_MODE: 'remote',
  CLOUDBASE_AUTH_ORIGIN: loginService,
  GATEWAY_ADMIN_KEY: adminKey,
  WALLET: 'on',
  DAILY_POINTS: '300',
  POINTS_PER_1K_TOKENS: '100',
  QUOTAS: JSON.stringify(quotas),
  LOG_LEVEL: 'warn',
})

interface LoadOptions extends WalletChaosOptions {
  readonly users: readonly string[]
}

interface SeenLoad {
  readonly grants: Grants
  readonly calls: readonly UserCall[]
  readonly unsettled: ReadonlySet<string>
}

/** The log events of a call whose quotas may stay counted as what it held. */
const unsettledEvent = /"event":"(quota_unsettled|quotas_unavailable)"/

/** Makes the requests. Resolves with the grants, the calls as their clients saw them, and the ids of those whose quotas could not be
 *  settled. */
const runLoad = async (store: StoreUnderTest, variables: Variables, options: LoadOptions): Promise<SeenLoad> => {
  const { requests, kills, faults, seed, users } = options
  const calls: UserCall[] = []
  const unsettled = new Set<string>()
  const onLog = (line: string): void => {
    if (unsettledEvent.test(line)) unsettled.add(String((JSON.parse(line) as { request_id?: string }).request_id))
  }
  const start = (name: string): Promise<KillableFunction> => killableFunction(name, variables, onLog)
  const chat = await Promise.all([start('llm-chat-completions'), start('llm-chat-completions')])
  const wallet = [await start('llm-wallet')]
  await store.setFaults(faults)
  const random = randomFrom(seed + 5)
  const grants = createGrants({ getPort: () => pickPort(wallet, random), adminKey, random })
  const step = async (number: number): Promise<void> => {
    const user = users[between(random, 0, users.length - 1)] ?? ''
    const chance = random()
    if (chance < grantShare) await grants.grant(user, number)
    else if (chance < grantShare + revokeShare) await grants.revokeOne()
    else {
      const seen = await observe(number, { port: await pickPort(chat, random), random, leaves, token: user })
      calls.push({ ...seen, user })
    }
  }
  await runKilledLoad({ requests, kills, functions: [...chat, ...wallet], random, step })
  return { grants, calls, unsettled }
}
