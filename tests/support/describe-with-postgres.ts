import { describe } from '@jest/globals'
import { isUnitRun } from '../../testing/servers/full-run.ts'
import { providePostgres } from '../../testing/servers/postgres.ts'

const isMissing = !isUnitRun && providePostgres() === undefined

if (isMissing && process.env['CI'] === 'true')
  throw new Error('There is no PostgreSQL to test with. Install postgresql.')
if (isMissing) console.error('\n!! TESTS ARE SKIPPED: there is no PostgreSQL to test with. Install postgresql.\n')

/** Like `describe`, for tests that need PostgreSQL. It skips them if the machine has none. In `npm run test:unit` they fail. */
export const describeWithPostgres = isMissing ? describe.skip : describe
