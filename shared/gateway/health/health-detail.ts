import { readFileSync } from 'node:fs'
import type { Rejection } from '../../models/entries/validate-map.ts'
import { createRegistry, type Registry } from '../../models/registry.ts'
import { isObject, parseJson } from '../../runtime/json.ts'
import { settlesWithin, withTimeout } from '../../runtime/timeout.ts'
import type { UsageStore } from '../../usage/store/store.ts'
import { readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/variables/environment.ts'
import { describeProblem, type Variables } from '../config/variables/variable.ts'
import { type Checkers, createCheckers } from '../stores/checkers.ts'
import { createQuotaSource, type QuotaSource } from '../stores/quota-source.ts'
import { createTargetLimits } from '../stores/target-limits.ts'
import { listAlertProblems, listFreeModels, listQuotaProblems, listWalletProblems } from '../stores/unenforced.ts'
import { createStore } from '../stores/usage-store.ts'
import { type CheckerHealth, getCheckerHealth, listCheckerProblems } from './checker-health.ts'
import { getTargetsHealth, listRestingModels, type TargetsHealth } from './target-health.ts'

/** The fields that `GET /health` adds for the holder of the admin key. This file is bundled apart from the entry and
 *  shares no class with it. So it throws no `GatewayError` and returns plain data only. */
export interface HealthDetail {
  readonly status: 'ok' | 'degraded'
  /** Why the status is `degraded`, one sentence each. */
  readonly problems: readonly string[]
  /** Version of the gateway. */
  readonly version: string
  /** Seconds since the process of this instance was started. */
  readonly uptime_seconds: number
  readonly config: MapHealth
  readonly targets: TargetsHealth
  readonly usage: UsageHealth
  readonly wallet: WalletHealth
  readonly moderation: CheckerHealth
}

/** The model map of this instance. Every other function reads the map in the same way, so this is the map that they
 *  serve. */
export interface MapHealth {
  readonly source: string | null
  readonly version: string | null
  readonly models: number
  /** Seconds since the map in use was loaded. Null if there is none. */
  readonly age_seconds: number | null
  /** Whether an older map, or the local one, is in use because of `last_error`. */
  readonly stale: boolean
  readonly last_error: string | null
}

/** The state of the store of usage records. */
export interface UsageHealth {
  /** `refused`: the store that `USAGE_STORE` names cannot be built. */
  readonly store: 'none' | 'collection' | 'mysql' | 'rdb' | 'file' | 'refused'
  /** Whether it responded just now. Null if there is no store. */
  readonly reachable: boolean | null
  /** Records that the webhook has not accepted yet, at most 1,000. Null if they cannot be counted. */
  readonly undelivered: number | null
  /** Records whose delivery was given up after 72 hours, at most 1,000. Null if they cannot be counted. */
  readonly dead: number | null
}

/** The wallets of users. */
export interface WalletHealth {
  /** `refused`: `WALLET` is neither `on` nor `off`, or the store of `USAGE_STORE` cannot hold wallets. */
  readonly state: 'off' | 'on' | 'refused'
  /** Models that cost no points, so that neither a wallet nor a quota of points limits them: at most 20, of the first 1,000
   *  models. Empty if there are no wallets and no such quota. */
  readonly free_models: readonly string[]
}

/** Timeout of each check, in milliseconds: a caller must get the report of a failure, not wait for it. */
const checkTimeoutMs = 2_500

/** Creates the detail of an environment. It calls no provider. */
export const createHealthDetail = (environment: Variables): (() => Promise<HealthDetail>) => {
  const gateway = readConfig(environment)
  const { usage: usageOptions, server } = gateway
  const models = createRegistry(gateway.models)
  const store = createStore(usageOptions.store)
  const { readRests } = createTargetLimits(gateway, server.log)
  const quotas = createQuotaSource(gateway, server.log)
  const variableProblems = listVariableProblems(environment)
  const checkers = gateway.moderation && createCheckers(gateway, server.log)
  return async () => {
    const endsAt = performance.now() + checkTimeoutMs
    const [config, usage] = await Promise.all([getMapHealth(models), getUsageHealth(usageOptions.store.kind, store)])
    const { snapshot } = models.status()
    const targets = await getTargetsHealth(snapshot, { readRests, timeoutMs: Math.max(0, endsAt - performance.now()) })
    const moderation = await getCheckerHealth(checkers, Math.max(0, endsAt - performance.now()))
    const { value: knownQuotas, problem: quotaProblem } = await readKnownQuotas(quotas)
    const problems = [
      ...listProblems(config, usage, usageOptions.tariff.problem),
      ...listModelProblems(snapshot?.problems ?? []).map(server.redactor.clean),
      ...listRestingModels(targets),
      ...(gateway.wallet.kind === 'refused'
        ? [`${gateway.wallet.help} Until then calls that cost points get a 503.`]
        : []),
      ...(quotaProblem === undefined ? [] : [quotaProblem]),
      ...listQuotaProblems(gateway, knownQuotas, snapshot),
      ...listWalletProblems(gateway),
      ...variableProblems,
      ...(await listWordProblems(checkers)),
      ...listCheckerProblems(moderation),
      ...listAlertProblems(gateway),
    ]
    const wallet = { state: gateway.wallet.kind, free_models: listFreeModels(gateway, knownQuotas, snapshot) }
    const uptime = Math.floor(process.uptime())
    const status = problems.length === 0 ? 'ok' : 'degraded'
    const general = { status, problems, version: readPackageVersion(), uptime_seconds: uptime } as const
    return { ...general, config, targets, usage, wallet, moderation }
  }
}

const getMapHealth = async (models: Registry): Promise<MapHealth> => {
  const refreshing = models.current().catch(() => undefined)
  const isLate = !(await settlesWithin(checkTimeoutMs, refreshing))
  const { snapshot, lastError } = models.status()
  const problem = lastError ?? (isLate ? 'The model map could not be read in time.' : null)
  return {
    source: snapshot?.source ?? null,
    version: snapshot?.version ?? null,
    models: snapshot?.models.length ?? 0,
    age_seconds: snapshot ? Math.max(0, Math.floor(Date.now() / 1000) - snapshot.loadedAt) : null,
    stale: problem !== null,
    last_error: problem,
  }
}

/** The maximum number of records that are counted. */
const maxCounted = 1_000

const getUsageHealth = async (kind: UsageHealth['store'], store: UsageStore | undefined): Promise<UsageHealth> => {
  if (!store) return { store: kind, reachable: null, undelivered: null, dead: null }
  const count = async (delivery: 'pending' | 'dead'): Promise<number> => {
    const atMost = { field: 'next_at', value: Number.MAX_SAFE_INTEGER } as const
    const equal = { state: 'final', delivery } as const
    return (await store.find({ equal, atMost, order: 'ascending', limit: maxCounted })).length
  }
  try {
    const [undelivered, dead] = await withTimeout(checkTimeoutMs, Promise.all([count('pending'), count('dead')]))
    return { store: kind, reachable: true, undelivered, dead }
  } catch {
    return { store: kind, reachable: false, undelivered: null, dead: null }
  }
}

const listProblems = (config: MapHealth, usage: UsageHealth, tariffProblem: string | undefined): string[] => [
  ...(tariffProblem === undefined ? [] : [tariffProblem]),
  ...(config.last_error === null ? [] : [config.last_error]),
  ...(config.models === 0 ? ['No model can be used.'] : []),
  ...(usage.reachable === false ? ['The usage store cannot be read.'] : []),
  ...(usage.dead ? [`The webhook did not accept ${usage.dead} records for 72 hours. Repair it and redrive them.`] : []),
]

/** The most targets, keys and fallbacks that are named. */
const maxModelProblems = 20

const listModelProblems = (problems: readonly Rejection[]): string[] =>
  problems.slice(0, maxModelProblems).map(({ model, reason }) => `The model '${model}': ${reason}`)

/** Reads the quotas in use, and why they are not those of the newest definition. */
const readKnownQuotas = async (source: QuotaSource) => {
  const { value = [], problem } = await withTimeout(checkTimeoutMs, source.current()).catch(() => ({
    value: undefined,
    problem: 'The stored quotas cannot be read.',
  }))
  return { value, problem: source.problem() ?? problem }
}

/** Names the variables that are set and have no effect: their value is not valid, or another one is missing. */
const listVariableProblems = (environment: Variables): string[] => {
  const { values, problems } = readEnvironment(environment)
  const ignored = problems.filter(({ stopsCalls }) => !stopsCalls)
  const isUnused = values.DAILY_POINTS > 0 && values.WALLET === 'off'
  return [
    ...ignored.map((problem) => `${describeProblem(problem)} Its value is ignored.`),
    ...(isUnused ? ['DAILY_POINTS grants nothing, because WALLET is not on.'] : []),
  ]
}

/** Lists what the owner of the check must correct. A list of words that is large, or in a slow store, is not waited for. */
const listWordProblems = (checkers: Checkers | undefined): Promise<readonly string[]> =>
  withTimeout(checkTimeoutMs, checkers?.listProblems() ?? Promise.resolve([])).catch(() => [lateWords])

const lateWords = 'The list of words could not be read in time.'

/** Reads the version from the `package.json` beside the entry. Its folder is the working directory, as for the model
 *  map. */
const readPackageVersion = (): string => {
  try {
    const manifest = parseJson(readFileSync('package.json', 'utf8'))
    return isObject(manifest) ? String(manifest['version']) : 'unknown'
  } catch {
    return 'unknown'
  }
}
