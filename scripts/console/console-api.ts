import { readModels } from './models/read-models.ts'
import { readOverview } from './read-overview.ts'
import { type Api, reads } from './server/api.ts'
import { readRecords } from './usage/read-records.ts'
import { readUsage, readUsageCsv } from './usage/read-usage.ts'
import type { Workspace } from './workspace.ts'

/** Creates the API of the console: one row for each thing that its page reads or does. */
export const createConsoleApi = (workspace: Workspace): Api => ({
  'GET overview': reads(() => readOverview(workspace)),
  'GET models': reads(() => readModels(workspace)),
  'GET usage': reads(({ query }) => readUsage(workspace, query)),
  'GET usage.csv': async ({ query }) => ({ status: 200, text: await readUsageCsv(workspace, query) }),
  'GET records': reads(({ query }) => readRecords(workspace, query)),
})
