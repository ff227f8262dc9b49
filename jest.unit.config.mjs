import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import base from './jest.config.mjs'

/** Text of a test file that needs built functions or a database. */
const needsMore =
  /dist\/(functions|metafiles)|bench\/main|describe-with-database|servers\/(built-gateway|mariadb|start-|test-database)|testing\/(chaos|fuzz|rig|soak)\//

/** Returns the path patterns of these test files, and of the whole of `tests/e2e`. */
const findIgnored = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => file.startsWith(`e2e${sep}`) || needsMore.test(readFileSync(join(folder, file), 'utf8')))
    .map((file) => `/tests/${file.replaceAll(sep, '/')}$`)

process.env.TEST_UNIT = 'true'
delete process.env.TEST_MYSQL_DSN

/** `npm run test:unit`: the tests that need no built functions and no database. A test that needs one without naming it fails,
 *  because nothing starts them when `TEST_UNIT` is set. */
export default {
  ...base,
  globalSetup: undefined,
  globalTeardown: undefined,
  testPathIgnorePatterns: ['/node_modules/', ...findIgnored('tests')],
}
