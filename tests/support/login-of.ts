import { parseDsn } from '../../shared/gateway/config/mysql-dsn.ts'
import type { MysqlLogin } from '../../shared/models/sources/mysql-source.ts'

/** The login that a test's data source name means, without TLS; a new object each time, so with a pool of its own. */
export const loginOf = (dsn: string): MysqlLogin => {
  const login = parseDsn(dsn, 'disabled')
  if (!login) throw new TypeError('This is no data source name.')
  return login
}
