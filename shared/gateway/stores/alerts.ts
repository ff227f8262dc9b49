import type { Target } from '../../protocol/route.ts'
import type { Rest } from '../../providers/targets/rests.ts'
import { getErrorName, type Log } from '../../runtime/log.ts'
import { once } from '../../runtime/memoize.ts'
import { sha256Hex } from '../../runtime/sha256.ts'
import { withTimeout } from '../../runtime/timeout.ts'
import type { OnFall } from '../../wallet/change-wallet.ts'
import { readAlertsConfig } from '../config/alerts-config.ts'
import type { Config } from '../config/config.ts'
import { toSharedStore } from '../config/usage-config.ts'
import { type AlertBook, type AlertFacts, createAlertBook } from './alert-book.ts'
import { openRowStore } from './row-store.ts'

/** What calls note for alerts. The flush sends them. No method rejects. */
export interface Alerts {
  /** Notes a rest whose cause an operator must know.
   *  @param since when the target failed first without a success after it, in milliseconds since 1970 */
  readonly noteRest: (target: Target, rest: Rest, since: number) => Promise<void>
  /** Notes a fall of a balance below the bound. */
  readonly noteFall: OnFall
}

/** A target that has failed for this long is a cause, in milliseconds. */
const longRestMs = 300_000

/** An instance does not note a cause again within this time, in milliseconds, and forgets it above so many. */
const notedMs = 300_000
const maxNoted = 1_000

/** The longest time for which the change of a wallet waits for the store, in milliseconds. */
const maxFallNoteMs = 1_000

/** Creates the notes of an instance. */
export const createAlerts = (config: Pick<Config, 'alerts' | 'usage'>, log: Log, now = Date.now): Alerts => {
  const lowBalance = config.alerts ? readAlertsConfig(config.alerts).lowBalance : 0
  const openBook = once(() => openAlertBook(config))
  const noted = new Map<string, number>()
  const note = async (cause: string, facts: AlertFacts): Promise<void> => {
    if ((noted.get(cause) ?? 0) > now() - notedMs) return
    if (noted.size >= maxNoted) noted.clear()
    noted.set(cause, now())
    try {
      await (await openBook())?.add(cause, facts)
    } catch (error) {
      noted.delete(cause)
      log('error', 'alert_failed', { kind: facts.kind, reason: toReason(error) })
    }
  }
  return {
    noteRest: async (target, rest, since) => {
      const found = describeRest(target, rest, since)
      if (found) await note(...found)
    },
    noteFall: async (user, { from, to: balance }) => {
      if (balance >= lowBalance || from < lowBalance) return
      const noting = note(`low_balance:${user}`, { kind: 'low_balance', user_id: user, balance, bound: lowBalance })
      await withTimeout(maxFallNoteMs, noting).catch(() => undefined)
    },
  }
}

/** Opens the book of a configuration. Resolves with undefined if its instances share no store. */
export const openAlertBook = async ({ usage }: Pick<Config, 'usage'>): Promise<AlertBook | undefined> => {
  const store = toSharedStore(usage.store)
  return store && createAlertBook(await openRowStore(store))
}

/** Returns our own words about a failure, or its code: other texts may hold an address. */
const toReason = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? getErrorName(error))

/** Targets that share a key have one cause. A digest names the key, because several keys may belong to one provider. */
const describeRest = (
  { name: target, provider, apiBase, apiKey = '' }: Target,
  { reason, until }: Rest,
  since: number,
): [string, AlertFacts] | undefined => {
  if (reason === 'key' || reason === 'quota') {
    const kind = reason === 'key' ? 'key_refused' : 'account_empty'
    const digest = sha256Hex(`${apiBase}\n${apiKey}`, digestLength)
    return [`${kind}:${provider}:${digest}`, { kind, provider, target }]
  }
  if (until - since < longRestMs) return undefined
  const minutes = Math.round((until - since) / 60_000)
  return [`target_rests:${target}`, { kind: 'target_rests', target, reason, minutes }]
}

const digestLength = 8
