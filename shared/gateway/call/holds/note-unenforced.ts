import type { Quota } from '../../../limits/quotas/quota.ts'
import type { Registry } from '../../../models/registry.ts'
import type { Snapshot } from '../../../models/snapshot.ts'
import type { Log } from '../../../runtime/log.ts'
import type { Config } from '../../config/config.ts'
import { listFreeModels, listQuotaProblems, listWalletProblems } from '../../stores/unenforced.ts'

/** What is known of a gateway when it starts. */
export interface Noted {
  readonly config: Config
  readonly models: Pick<Registry, 'current' | 'status'>
  readonly log: Log
}

/** Notes once in the log what wallets and quotas cannot enforce: when the first model map is read, and for each that follows.
 *  @param find finds the sentences, and the models that cost nothing */
const createNotice = ({ models, log }: Noted, find: (quotas: readonly Quota[], snapshot: Snapshot) => Unenforced) => {
  let noted: readonly unknown[] = []
  const note = (quotas: readonly Quota[]): void => {
    const { snapshot } = models.status()
    if (!snapshot || (noted[0] === snapshot && noted[1] === quotas)) return
    noted = [snapshot, quotas]
    const { problems, free } = find(quotas, snapshot)
    for (const help of problems) log('warn', 'not_enforced', { help })
    if (free.length > 0) log('warn', 'models_free', { models: free.join(', ') })
  }
  return note
}

interface Unenforced {
  readonly problems: readonly string[]
  readonly free: readonly string[]
}

/** Creates the function that notes what wallets cannot enforce. It is called with each call, and once the model map is read. */
export const createWalletNotice = (noted: Noted): (() => void) => {
  const { config, models } = noted
  const note = createNotice(noted, (quotas, snapshot) => ({
    problems: listWalletProblems(config),
    free: listFreeModels(config, quotas, snapshot),
  }))
  const none: readonly Quota[] = []
  models.current().then(
    () => note(none),
    () => undefined,
  )
  return () => note(none)
}

/** Creates the function that notes what quotas cannot enforce. It is called with the quotas of each call. With wallets, these name
 *  the models that cost nothing. */
export const createQuotaNotice = (noted: Noted): ((quotas: readonly Quota[]) => void) => {
  const { config } = noted
  return createNotice(noted, (quotas, snapshot) => ({
    problems: listQuotaProblems(config, quotas, snapshot),
    free: config.wallet.kind === 'on' ? [] : listFreeModels(config, quotas, snapshot),
  }))
}
