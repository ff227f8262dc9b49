import { toSharedStore } from '../../../shared/gateway/config/usage-config.ts'
import { openRowStore } from '../../../shared/gateway/stores/row-store.ts'
import type { Quota } from '../../../shared/limits/quotas/quota.ts'
import { type QuotaCount, type QuotaSubjects, viewQuotas } from '../../../shared/limits/quotas/view-quotas.ts'
import { readAllEntries } from '../models/read-models.ts'
import type { Workspace } from '../workspace.ts'

/** The quotas of a gateway, and what is used of them. */
export interface QuotasView {
  readonly quotas: readonly Pick<Quota, 'name' | 'unit' | 'per' | 'limit' | 'models' | 'groups' | 'window'>[]
  /** Of all calls together, of models, and of the user, group or key that was asked for. */
  readonly counts: readonly QuotaCount[]
  /** Why the definition cannot be used; null: it can. */
  readonly problem: string | null
}

/** The most models whose counts are read. */
const maxModels = 50

/** Reads the definition of `QUOTAS`, `QUOTAS_FILE` or the store, and the counts. `subject` names a user, a group or a key by its id. */
export const readQuotas = async (workspace: Workspace, query: URLSearchParams): Promise<QuotasView> => {
  const source = workspace.quotas
  const read = await source.current().catch(() => ({ value: undefined, problem: 'The stored quotas cannot be read.' }))
  const { value: quotas = [] } = read
  return {
    quotas,
    counts: quotas.length === 0 ? [] : await readCounts(workspace, quotas, query.get('subject') ?? ''),
    problem: source.problem() ?? read.problem ?? null,
  }
}

const readCounts = async (workspace: Workspace, quotas: readonly Quota[], subject: string): Promise<QuotaCount[]> => {
  const shared = toSharedStore(workspace.config.usage.store)
  if (!shared) return []
  const asked = subject === '' ? [] : [subject]
  const models = quotas.some(({ per }) => per === 'model') ? [...(await readAllEntries(workspace)).keys()] : []
  const named = { user: asked, key: asked, group: asked, model: models.slice(0, maxModels) }
  const subjects: QuotaSubjects = { environment: [''], ...named }
  const store = await openRowStore(shared)
  try {
    return (await viewQuotas({ store }, quotas, subjects)).filter(({ quota, subject: model }) => {
      const { per, models: named } = quotas.find(({ name }) => name === quota) ?? {}
      return per !== 'model' || !named || named.includes(model)
    })
  } finally {
    await store.end()
  }
}
