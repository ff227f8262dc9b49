import { redrive } from '../../../shared/usage/ledger/redrive.ts'
import type { PlanChange } from '../changes/plan.ts'
import { requireStore } from './read-usage.ts'

/** The most records that the plan counts. */
const maxCounted = 1_000

/** Plans to make all records that were given up due again, as `npm run usage -- redrive` does. The flush then delivers them. */
export const planRedrive: PlanChange = async (workspace) => {
  const store = requireStore(workspace)
  const dead = await store.find({
    equal: { state: 'final', delivery: 'dead' },
    atMost: { field: 'next_at', value: Number.MAX_SAFE_INTEGER },
    order: 'ascending',
    limit: maxCounted,
  })
  const count = dead.length < maxCounted ? String(dead.length) : `${maxCounted}+`
  return {
    items: [{ name: 'dead', before: count, after: '0' }],
    word: 'redrive',
    basis: null,
    apply: async () => ({ redriven: await redrive({ store, now: Date.now, budgetMs: Number.POSITIVE_INFINITY }) }),
  }
}
