import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, sep } from 'node:path'
import base from './jest.config.mjs'

/** Matches a test file that needs built functions or a database, starts a program, or runs the TypeScript compiler. */
const needsMore =
  /node:child_process|dist\/(functions|metafiles)|bench\/main|describe-with-database|(key|wallet)-stores|startRdb|servers\/(built-gateway|mariadb|postgres|start-|test-database)|\/distribution\.ts|support\/openai-types|testing\/(chaos|fleet|fuzz|soak)\/run-/

/** Files that compute for more than two seconds each: bulk samples, the embedded model, and what measures processor time. */
const computesLong =
  /^(gateway\/moderation\/wires|project\/linear-time|providers\/response\/(event-pattern|framings)|providers\/targets\/order|providers\/transport\/decode-body|runtime\/redactor|safety\/answers\/answer-stage|testing\/simulate\/simulate|tiny-model\/(byte-pair-encoding|chat-stream|generate|live-generation|tasks)|usage\/cost\/token-estimator)\.test/

/** Files that wait for more than ten seconds each, for the deadlines of stores, which a call may not choose. */
const waitsLong =
  /^(gateway\/call\/metering|models\/sources\/mysql-faults|testing\/simulate\/count-operations|usage\/ledger\/(intent|settle))\.test/

/** Returns patterns for these test files and for all of `tests/e2e`. */
const findIgnored = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.replaceAll(sep, '/'))
    .filter(
      (file) =>
        [/^e2e\//, computesLong, waitsLong].some((pattern) => pattern.test(file)) ||
        needsMore.test(readFileSync(join(folder, file), 'utf8')),
    )
    .map((file) => `/${folder}/${file}$`)

/** `npm run test:unit`: the tests that need no built functions and no database and start no program. A test that needs a function
 *  or a database and does not match fails, because the helpers that start them throw in this run. What takes long is left to the
 *  whole run as well. The goal is a minute on two cores. */
export default {
  ...base,
  globalSetup: '<rootDir>/tests/support/global-setup-unit.ts',
  globalTeardown: undefined,
  // Its files wait more than they compute, so each core has three workers.
  maxWorkers: 3 * availableParallelism(),
  testPathIgnorePatterns: ['/node_modules/', ...findIgnored('tests')],
}
