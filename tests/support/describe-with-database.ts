import { describe } from '@jest/globals'
import { hasDatabase } from '../../testing/servers/test-database.ts'

/** Like `describe`, for tests that need a database. It skips them if the machine has no database server. */
export const describeWithDatabase = hasDatabase ? describe : describe.skip
