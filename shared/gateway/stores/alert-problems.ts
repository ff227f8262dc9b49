import { isPrivateHost } from '../../runtime/private-address.ts'
import { readAlertsConfig } from '../config/alerts-config.ts'
import type { Config } from '../config/config.ts'
import { toSharedStore } from '../config/usage-config.ts'

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
