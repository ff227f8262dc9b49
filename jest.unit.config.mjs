import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import base from './jest.config.mjs'

/** Matches a test file that needs built functions or a database, or starts a program. */
const needsMore =
  /node:child_process|dist\/(functions|metafiles)|bench\/main|describe-with-database|(key|wallet)-stores|startRdb|servers\/(built-gateway|mariadb|start-|test-database)|testing\/(chaos|fleet|fuzz|soak)\/run-/

/** Returns patterns for these test files and for all of `tests/e2e`. */
const findIgnored = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => file.startsWith(`e2e${sep}`) || needsMore.test(readFileSync(join(folder, file), 'utf8')))
    .map((file) => `/${folder}/${file.replaceAll(sep, '/')}$`)

/** `npm run test:unit`: the tests that need no built functions and no database and start no program. A test that needs a function
 *  or a database and does not match fails, because the helpers that start them throw in this run. The longest
 *  of the tests that measure processor time is left to the whole run. */
export default {
  ...base,
  globalSetup: '<rootDir>/tests/support/global-setup-unit.ts',
  globalTeardown: undefined,
  testPathIgnorePatterns: ['/node_modules/', '/project/linear-time', ...findIgnored('tests')],
}
