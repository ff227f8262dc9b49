import { availableParallelism } from 'node:os'

/** Tests run from source through SWC; `tests/e2e` drives the built `dist/`. Many tests wait for timers and programs, so each core has
 *  two workers. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  testTimeout: 20_000,
  testSequencer: '<rootDir>/tests/support/longest-first.mjs',
  maxWorkers: 2 * availableParallelism(),
}
