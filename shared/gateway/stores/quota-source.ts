import { parseQuotas } from '../../limits/quotas/parse-quotas.ts'
import type { Quota } from '../../limits/quotas/quota.ts'
import type { Log } from '../../runtime/log.ts'
import { once } from '../../runtime/memoize.ts'
import type { Result } from '../../runtime/result.ts'
import type { Config } from '../config/config.ts'
import { type SharedStoreConfig, toSharedStore } from '../config/usage-config.ts'
import { openRowStore } from './row-store.ts'
import { watchStored } from './stored-definition.ts'
import { watchDefinition } from './watched-definition.ts'

/** The quotas of a configuration. */
export interface QuotaSource {
  /** Resolves with the quotas in use, or why there are none.
   *  @throws if the store of the quotas has never been read */
  readonly current: () => Promise<Result<readonly Quota[]>>
  /** Why the newest definition is not in use; undefined if it is. */
  readonly problem: () => string | undefined
}

/** The row of the stored quotas. It stands beside the counts and the wallets; its content is the JSON array itself. */
export const quotasRow = 'definition:quotas'

/** Creates the source of the quotas. If an edit of the file or row cannot be used, the log gives the reason, and the quotas before it stay
 *  in use. */
export const createQuotaSource = ({ quotas, usage, keys }: Config, log: Log, now = Date.now): QuotaSource => {
  if (!quotas) return { current: () => Promise.resolve({ value: [] }), problem: () => undefined }
  const store = toSharedStore(usage.store)
  const onProblem = (help: string): void => log('error', 'quotas_misconfigured', { help })
  const parseKnown: ParseQuotas = (text, variable) => parseUsableQuotas(text, variable, keys !== undefined)
  if (quotas.stored && store)
    return createStoredQuotas(store, { ttlMs: quotas.ttlMs, onProblem, now, parse: parseKnown })
  const parse = store ? parseKnown : () => ({ problem: storeProblem })
  const { current, problem } = watchDefinition({ ...quotas, variable: 'QUOTAS', parse, onProblem, now })
  return { current: async () => current(), problem }
}

const storeProblem = 'QUOTAS needs USAGE_STORE=collection, mysql or rdb, because instances share the counts.'

type ParseQuotas = typeof parseQuotas

/** Parses the definitions of quotas that a gateway can use. A quota for each key would count nothing while there are no keys.
 *  @param variable the name of the variable or file, for the problem
 *  @param hasKeys whether users have keys of their own */
export const parseUsableQuotas = (text: string, variable: string, hasKeys: boolean): Result<readonly Quota[]> => {
  const read = parseQuotas(text, variable)
  return !hasKeys && read.value?.some(({ per }) => per === 'key') ? { problem: keysProblem } : read
}

const keysProblem = "A quota with 'per' key needs KEYS=on: without it, callers have no keys."

interface StoredQuotasOptions {
  readonly parse: ParseQuotas
  readonly ttlMs: number
  readonly onProblem: (problem: string) => void
  readonly now: () => number
}

const createStoredQuotas = (store: SharedStoreConfig, { parse, ...options }: StoredQuotasOptions): QuotaSource => {
  const open = once(() => openRowStore(store))
  return watchStored({
    ...options,
    read: async () => (await (await open()).read(quotasRow))?.data,
    parse: (text) => (text === undefined ? { problem: noQuotas } : parse(text, 'The stored definition')),
    unreadable: 'The stored quotas cannot be read just now. Those before stay in use.',
  })
}

const noQuotas = 'QUOTAS=store, but no quotas are stored. Run npm run quotas -- set FILE, or unset QUOTAS.'
