import type { MysqlLogin } from '../../shared/drivers/mysql-login.ts'
import { parseDsn } from '../../shared/gateway/config/mysql-dsn.ts'

let instances = 0

/** Returns the login of a test's data source name, without TLS. Each has a pool of its own, as each instance would have: pools are
 *  kept by the content of the login. */
export const createLogin = (dsn: string): MysqlLogin => {
  const login = parseDsn(dsn, 'disabled')
  if (!login) throw new TypeError('This is no data source name.')
  instances += 1
  return Object.assign(login, { instance: instances })
}
