import { type MysqlLogin, type SslMode, sslModes } from '../../drivers/mysql-login.ts'
import type { Result } from '../../runtime/result.ts'
import type { Environment } from './variables/environment.ts'

/** Reads the login to the environment's database: `MYSQL_DSN`, or `MYSQL_HOST` and its relatives. The problem names what
 *  to change. Returns undefined if no database is named. */
export const readMysqlLogin = (values: Environment): Result<MysqlLogin> | undefined => {
  const { MYSQL_DSN: dsn, MYSQL_HOST: host, MYSQL_USER: user, MYSQL_DB: database, MYSQL_SSL_MODE: sslMode } = values
  if (dsn) {
    const login = parseDsn(dsn, sslMode)
    return login ? { value: login } : { problem: unreadableDsn }
  }
  if (!host) return undefined
  if (!user || !database) return { problem: incompleteLogin }
  return { value: { host, port: values.MYSQL_PORT, user, password: values.MYSQL_PASSWORD ?? '', database, sslMode } }
}

const unreadableDsn = 'MYSQL_DSN cannot be read. It looks like mysql://user:password@host:3306/db.'
const incompleteLogin = 'MYSQL_HOST is set, but MYSQL_USER or MYSQL_DB is not. Set all three, or MYSQL_DSN.'

/** A data source name. The user ends at the first colon and the password at the last `@`, so a password that is not
 *  encoded works as well. */
const dsnPattern =
  /^mysql[a-z\d+]*:\/\/(?<user>[^:@/]+)(?::(?<password>.*))?@(?<host>\[[\da-f:.]+\]|[^\s:/?#@[\]]+)(?::(?<port>\d{1,5}))?\/(?<database>[^/?#]+)(?:\?(?<options>.*))?$/i

/** Parses a data source name, `mysql://user:password@host:port/database?ssl-mode=verify_identity`. It percent-decodes
 *  user, password and database. `ssl=true` and `tls=true` are short for `verify_identity`; other options are ignored.
 *  Returns undefined if the text has another shape. */
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

/** Decodes percent escapes. Returns the text as it is if a percent sign begins no escape. */
const decodePercent = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Returns the TLS mode of the options. An unknown mode counts as the strictest: a typing error must not turn checks
 *  off. */
const getSslMode = (options: URLSearchParams): SslMode | undefined => {
  const mode = options.get('ssl-mode') ?? options.get('sslmode')
  const toggle = options.get('ssl') ?? options.get('tls')
  if (mode !== null) {
    const requested = mode.toLowerCase().replace('-', '_')
    return sslModes.find((known) => known === requested) ?? 'verify_identity'
  }
  if (toggle === null) return undefined
  return /^(0|false|off)$/i.test(toggle) ? 'disabled' : 'verify_identity'
}
