import { unitVariable } from '../../testing/servers/full-run.ts'

/** Before `npm run test:unit`: makes every test fail that needs built functions or a database. */
export default (): void => {
  process.env[unitVariable] = 'true'
  delete process.env['TEST_MYSQL_DSN']
}
