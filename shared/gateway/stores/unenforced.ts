import type { Quota } from '../../limits/quotas/quota.ts'
import type { Snapshot } from '../../models/snapshot.ts'
import { isPrivateHost } from '../../runtime/private-address.ts'
import { isFree } from '../../usage/cost/is-free.ts'
import { readAlertsConfig } from '../config/alerts-config.ts'
import type { Config } from '../config/config.ts'
import { toSharedStore } from '../config/usage-config.ts'

/** The parts of a configuration that decide what wallets and quotas can enforce. */
type Settings = Pick<Config, 'auth' | 'usage' | 'wallet'>

const maxExamined = 1_000
const maxNamed = 20

/** Lists the models that cost no points: at most 20, of the first 1,000. Empty if neither wallets nor a quota count points. */
export const listFreeModels = (
  { wallet, usage: { tariff } }: Settings,
  quotas: readonly Quota[],
  snapshot: Snapshot | undefined,
): string[] => {
  const counts = wallet.kind === 'on' || quotas.some(({ unit }) => unit === 'points')
  const { value } = tariff
  if (!counts || !value || !snapshot) return []
  const examined = snapshot.models.slice(0, maxExamined)
  return examined.filter((model) => isFree(snapshot.route(model).prices, value)).slice(0, maxNamed)
}

/** Says why wallets charge no call; empty if they can. Those in a file are charged without users, too. */
export const listWalletProblems = ({ auth, wallet }: Settings): string[] =>
  wallet.kind === 'on' && wallet.store.kind !== 'file' && auth.mode === 'disabled'
    ? ['WALLET=on charges no call, because authentication is off: calls have no user. Switch it on, or set WALLET=off.']
    : []

/** Names the quotas that count nothing, or less than they seem to, and says why. */
export const listQuotaProblems = (
  settings: Settings,
  quotas: readonly Quota[],
  snapshot: Snapshot | undefined,
): string[] =>
  quotas
    .flatMap((quota) => [...listUserProblems(settings, quota), ...listUnpricedProblems(settings, quota, snapshot)])
    .slice(0, maxNamed)

const listUserProblems = ({ auth }: Settings, { name, per, groups }: Quota): string[] => {
  const isForUsers = per === 'user' || per === 'group' || groups !== undefined
  return isForUsers && auth.mode === 'disabled'
    ? [`The quota '${name}' counts no call, because authentication is off: calls have no user and no group.`]
    : []
}

const listUnpricedProblems = (
  { usage: { tariff } }: Settings,
  { name, unit, models }: Quota,
  snapshot: Snapshot | undefined,
): string[] => {
  if (!snapshot) return []
  const known = new Set(snapshot.models)
  const unknown = (models ?? []).filter((model) => !known.has(model))
  const counted = (models ?? snapshot.models).filter((model) => known.has(model)).slice(0, maxExamined)
  const { value } = tariff
  const isAllFree =
    unit === 'points' &&
    value &&
    counted.length > 0 &&
    counted.every((model) => isFree(snapshot.route(model).prices, value))
  return [
    ...unknown.map((model) => `The quota '${name}' names the model '${model}', which does not exist.`),
    ...(isAllFree
      ? [`The quota '${name}' counts points, and its models cost none. Give them prices, or count tokens.`]
      : []),
  ]
}

/** Says why alerts cannot be sent as they are configured. */
export const listAlertProblems = ({ alerts, usage, network, wallet }: Config): string[] => {
  if (!alerts) return []
  const { url, lowBalance, problems } = readAlertsConfig(alerts)
  const isPrivate = url !== undefined && !network.allowPrivate && isPrivateHost(url.hostname)
  return [
    ...problems,
    ...(isPrivate ? ['ALERT_WEBHOOK_URL is at a private address. ALLOW_PRIVATE_UPSTREAMS=true permits that.'] : []),
    ...(toSharedStore(usage.store)
      ? []
      : ['ALERT_WEBHOOK_URL needs USAGE_STORE=collection, mysql or rdb, because instances share the alerts.']),
    ...(lowBalance > 0 && wallet.kind !== 'on' ? ['ALERT_LOW_BALANCE needs WALLET=on.'] : []),
  ]
}
