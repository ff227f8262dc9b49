import { type MysqlLogin, type SslMode, sslModes } from '../../drivers/mysql-login.ts'
import type { Environment } from './environment.ts'

/** The database of the environment: `MYSQL_DSN`, or `MYSQL_HOST` and its relatives; undefined where none is named, and a text
 *  where one is named that cannot be used: what to change. */
export const readMysqlLogin = (values: Environment): MysqlLogin | string | undefined => {
  const { MYSQL_DSN: dsn, MYSQL_HOST: host, MYSQL_USER: user, MYSQL_DB: database, MYSQL_SSL_MODE: sslMode } = values
  if (dsn)
    return parseDsn(dsn, sslMode) ?? 'MYSQL_DSN cannot be read. It looks like mysql://user:password@host:3306/db.'
  if (!host) return undefined
  if (!user || !database) return 'MYSQL_HOST is set, but MYSQL_USER or MYSQL_DB is not. Set all three, or MYSQL_DSN.'
  return { host, port: values.MYSQL_PORT, user, password: values.MYSQL_PASSWORD ?? '', database, sslMode }
}

/** A data source name: the user ends at the first colon and the password at the last `@`, so that a password that nobody
 *  encoded works as well. */
const dsnPattern =
  /^mysql[a-z\d+]*:\/\/(?<user>[^:@/]+)(?::(?<password>.*))?@(?<host>\[[\da-f:.]+\]|[^\s:/?#@[\]]+)(?::(?<port>\d{1,5}))?\/(?<database>[^/?#]+)(?:\?(?<options>.*))?$/i

/** Reads a data source name, `mysql://user:password@host:port/database?ssl-mode=verify_identity`. User, password and database are
 *  percent-decoded. `ssl=true` and `tls=true` are short for `verify_identity`; other options mean nothing here.
 *  Undefined when it has another shape. */
export const parseDsn = (text: string, sslMode: SslMode): MysqlLogin | undefined => {
  const parts = dsnPattern.exec(text)?.groups
  if (!parts) return undefined
  const { user = '', password = '', host = '', port, database = '', options } = parts
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? 3306),
    user: decodePercent(user),
    password: decodePercent(password),
    database: decodePercent(database),
    sslMode: getSslMode(new URLSearchParams(options)) ?? sslMode,
  }
}

/** A percent sign that begins no escape is meant as it stands. */
const decodePercent = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A mode that does not exist counts as the strictest: a slip of the pen must not turn checks off. */
const getSslMode = (options: URLSearchParams): SslMode | undefined => {
  const mode = options.get('ssl-mode') ?? options.get('sslmode')
  const switched = options.get('ssl') ?? options.get('tls')
  if (mode !== null) {
    const wanted = mode.toLowerCase().replace('-', '_')
    return sslModes.find((known) => known === wanted) ?? 'verify_identity'
  }
  if (switched === null) return undefined
  return /^(0|false|off)$/i.test(switched) ? 'disabled' : 'verify_identity'
}
