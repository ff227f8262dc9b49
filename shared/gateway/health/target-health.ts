import type { Snapshot } from '../../models/snapshot.ts'
import type { Target } from '../../protocol/route.ts'
import type { Rest } from '../../providers/targets/rests.ts'
import { getTargetId } from '../../providers/targets/target-id.ts'
import { withTimeout } from '../../runtime/timeout.ts'

/** The targets of the models that have several, or whose only one has `max_concurrency`. */
export interface TargetsHealth {
  /** The source of the rests: `store`, which all functions share; `none`, because there is no such store and each function
   *  keeps its rests to itself; `unreachable`, because the store did not respond. */
  readonly rests: 'store' | 'none' | 'unreachable'
  /** At most 100 models. */
  readonly models: readonly ModelHealth[]
}

/** The targets of one model. */
export interface ModelHealth {
  readonly model: string
  readonly targets: readonly TargetHealth[]
}

/** One target, without its key and address. */
export interface TargetHealth {
  readonly target: string
  readonly provider: string
  readonly upstream_model: string
  /** 0 for the model's own targets, from 1 for its fallbacks. */
  readonly tier: number
  readonly weight: number
  readonly max_concurrency: number | null
  /** Null: it does not rest, as far as is known. */
  readonly rest: { readonly reason: Rest['reason']; readonly seconds: number } | null
}

/** The most models in the report. */
const maxModels = 100

/** The place from which the rests are read. */
export interface RestSource {
  /** Resolves with undefined if the functions share no store. */
  readonly readRests: () => Promise<readonly Rest[] | undefined>
  /** The timeout of the read, in milliseconds. */
  readonly timeoutMs: number
}

/** Reports the targets of a snapshot. */
export const getTargetsHealth = async (
  snapshot: Snapshot | undefined,
  { readRests, timeoutMs }: RestSource,
): Promise<TargetsHealth> => {
  const routes = (snapshot?.models ?? []).map((model) => snapshot?.route(model)).filter((route) => route !== undefined)
  const shown = routes.filter(({ targets }) => targets.length > 1 || targets[0].maxConcurrency !== undefined)
  if (shown.length === 0) return { rests: 'none', models: [] }
  const read = await withTimeout(timeoutMs, readRests()).then(
    (rests) => ({ rests: rests ? 'store' : 'none', found: rests ?? [] }) as const,
    () => ({ rests: 'unreachable', found: [] }) as const,
  )
  const latest = new Map<string, Rest>()
  for (const rest of read.found) if (rest.until > (latest.get(rest.id)?.until ?? 0)) latest.set(rest.id, rest)
  const models = shown
    .slice(0, maxModels)
    .map(({ model, targets }) => ({ model, targets: targets.map((target) => toTargetHealth(target, latest)) }))
  return { rests: read.rests, models }
}

const toTargetHealth = (target: Target, rests: ReadonlyMap<string, Rest>): TargetHealth => {
  const { name, provider, upstreamModel, tier, weight, maxConcurrency = null } = target
  const rest = rests.get(getTargetId(target))
  const seconds = rest ? Math.ceil((rest.until - Date.now()) / 1_000) : 0
  return {
    target: name,
    provider,
    upstream_model: upstreamModel,
    tier,
    weight,
    max_concurrency: maxConcurrency,
    rest: rest && seconds > 0 ? { reason: rest.reason, seconds } : null,
  }
}

/** Names the models whose targets all rest. */
export const listRestingModels = ({ models }: TargetsHealth): string[] =>
  models
    .filter(({ targets }) => targets.every(({ rest }) => rest !== null))
    .map(({ model }) => `All targets of the model '${model}' rest.`)
