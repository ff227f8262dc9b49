import { readFileSync, statSync } from 'node:fs'
import { parseQuotas } from '../../limits/quotas/parse-quotas.ts'
import type { Quota } from '../../limits/quotas/quota.ts'
import type { Log } from '../../runtime/log.ts'
import type { Result } from '../../runtime/result.ts'
import type { Config } from '../config/config.ts'
import { toSharedStore } from '../config/usage-config.ts'

/** The quotas of a configuration. */
export interface QuotaSource {
  /** Returns the quotas in use, or why there are none. Once per `ttlMs` it looks whether the file has changed. */
  readonly current: () => Result<readonly Quota[]>
  /** Why the newest definition is not in use; undefined if it is. */
  readonly problem: () => string | undefined
}

/** Creates the source of the quotas. If an edit of the file cannot be used, the log gives the reason, and the quotas before it stay
 *  in use. */
export const createQuotaSource = ({ quotas, usage }: Config, log: Log, now = Date.now): QuotaSource => {
  if (!quotas) return { current: () => ({ value: [] }), problem: () => undefined }
  const { file, ttlMs } = quotas
  let loaded: Result<readonly Quota[]> | undefined
  let problem: string | undefined
  let revision: string | undefined
  let lookAt = 0
  const load = (): void => {
    const read = toSharedStore(usage.store) ? readQuotas(quotas) : { problem: storeProblem }
    problem = read.problem
    if (read.problem !== undefined) log('error', 'quotas_misconfigured', { help: read.problem })
    if (read.value || !loaded?.value) loaded = read
  }
  const refresh = (): void => {
    if (loaded && now() < lookAt) return
    lookAt = now() + ttlMs
    const found = file === undefined ? '' : getRevision(file)
    if (loaded && found === revision) return
    revision = found
    load()
  }
  const current = (): Result<readonly Quota[]> => {
    refresh()
    return loaded ?? { value: [] }
  }
  return {
    current,
    problem: () => {
      refresh()
      return problem
    },
  }
}

const storeProblem = 'QUOTAS needs USAGE_STORE=collection, mysql or rdb, because instances share the counts.'

const getRevision = (path: string): string => {
  const status = statSync(path, { throwIfNoEntry: false })
  return status ? `${status.mtimeMs}/${status.size}` : '-'
}

/** A file that cannot be read is a problem, even if there is a variable too: its quotas would be missing. */
const readQuotas = ({ file, text = '' }: NonNullable<Config['quotas']>): Result<readonly Quota[]> => {
  if (file === undefined) return parseQuotas(text, 'QUOTAS')
  try {
    return parseQuotas(readFileSync(file, 'utf8'), 'QUOTAS_FILE')
  } catch {
    return { problem: 'QUOTAS_FILE names a file that cannot be read. Put it there or correct the path.' }
  }
}
