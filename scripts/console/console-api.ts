import type { PlanChange } from './changes/plan.ts'
import { runChange } from './changes/run-change.ts'
import { planKey, planKeyEnd } from './keys/plan-key.ts'
import { readKeys } from './keys/read-keys.ts'
import { planModelEdit } from './models/plan-edit.ts'
import { planTry } from './models/plan-try.ts'
import { readModels } from './models/read-models.ts'
import { readQuotas } from './quotas/read-quotas.ts'
import { readOverview } from './read-overview.ts'
import { runDoctor } from './run-doctor.ts'
import { type Api, reads } from './server/api.ts'
import { planRedrive } from './usage/plan-redrive.ts'
import { readRecords } from './usage/read-records.ts'
import { readUsage, readUsageCsv } from './usage/read-usage.ts'
import { planGrant } from './wallets/plan-grant.ts'
import { planRevocation } from './wallets/plan-revocation.ts'
import { readWallet, readWallets } from './wallets/read-wallets.ts'
import type { Workspace } from './workspace.ts'

/** What the page can change or do. Each is planned first, and done after the owner has confirmed the plan. */
const changes: Readonly<Record<string, PlanChange>> = {
  grant: planGrant,
  revoke: planRevocation,
  redrive: planRedrive,
  model: planModelEdit,
  try: planTry,
  key: planKey,
  key_end: planKeyEnd,
}

/** Creates the API of the console: one row for each thing that its page reads or does. */
export const createConsoleApi = (workspace: Workspace): Api => ({
  'GET overview': reads(() => readOverview(workspace)),
  'GET models': reads(() => readModels(workspace)),
  'GET usage': reads(({ query }) => readUsage(workspace, query)),
  'GET usage.csv': async ({ query }) => ({ status: 200, text: await readUsageCsv(workspace, query) }),
  'GET wallets': reads(({ query }) => readWallets(workspace, query)),
  'GET wallet': reads(({ query }) => readWallet(workspace, query)),
  'GET keys': reads(({ query }) => readKeys(workspace, query)),
  'GET quotas': reads(({ query }) => readQuotas(workspace, query)),
  'GET doctor': reads(() => runDoctor(workspace)),
  'POST change': reads(({ body }) => runChange(workspace, changes, body)),
  'GET records': reads(({ query }) => readRecords(workspace, query)),
})
