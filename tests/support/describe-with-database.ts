import { describe } from '@jest/globals'
import { isUnitRun } from '../../testing/servers/full-run.ts'
import { hasDatabase } from '../../testing/servers/test-database.ts'

/** Like `describe`, for tests that need a database. It skips them if the machine has no database server.
 *  In `npm run test:unit` they fail. */
export const describeWithDatabase = hasDatabase || isUnitRun ? describe : describe.skip
