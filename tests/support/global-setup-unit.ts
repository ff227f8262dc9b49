import { unitVariable } from '../../testing/servers/full-run.ts'

/** Before `npm run test:unit`: makes every test fail that needs built functions or a database. The tools speak English in tests. */
export default (): void => {
  process.env[unitVariable] = 'true'
  process.env['LC_ALL'] = 'C'
  delete process.env['TEST_MYSQL_DSN']
}
