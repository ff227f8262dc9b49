/** The variable that `npm run test:unit` sets. */
export const unitVariable = 'TEST_UNIT'

/** Whether this is `npm run test:unit`, which has no built functions and no database. */
export const isUnitRun = process.env[unitVariable] === 'true'

/** Checks that this run has built functions and a database.
 *  @throws Error in `npm run test:unit`, so that a test that needs more never passes there by chance */
export const requireFullRun = (): void => {
  if (!isUnitRun) return
  throw new Error('This test needs built functions or a database. Add it to jest.unit.config.mjs.')
}
