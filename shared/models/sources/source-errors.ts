import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import { isObject } from '../../runtime/json.ts'
import type { MapSource, SourceName } from './source.ts'

const unreachable = 'The database cannot be reached. Check its host and port, and that this function is in its VPC.'

const loginRejected =
  'The database refuses the login. Check the user, the password and the hosts from which that user may connect.'

/** The help for a table that does not exist. */
export const missingTable =
  'The table does not exist. Create it with scripts/sql/model-map.sql, or correct REMOTE_CONFIG_TABLE.'

const missingColumn = 'The table has no column model_name. Compare it with scripts/sql/model-map.sql.'

const missingGrant =
  'The database user may not do that. Grant SELECT on the table, and SELECT, INSERT, UPDATE on llm_gateway_state.'

/** The help for an error of the database, by its code (MySQL 8.0 Error Message Reference; Node.js system errors). The
 *  database's own messages hold hosts, users and values, so they are never passed on. */
const helpByCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EPIPE: unreachable,
  ETIMEDOUT: unreachable,
  PROTOCOL_CONNECTION_LOST: 'The connection to the database was lost before the result was complete.',
  PROTOCOL_SEQUENCE_TIMEOUT: 'The database took too long to respond.',
  HANDSHAKE_SSL_ERROR: 'The database cannot be reached over TLS as asked. Check the ssl-mode and the certificate.',
  HANDSHAKE_NO_SSL_SUPPORT: 'The database offers no TLS. Set ssl-mode=disabled, or turn TLS on at the database.',
  ER_ACCESS_DENIED_ERROR: loginRejected,
  ER_DBACCESS_DENIED_ERROR: loginRejected,
  ER_HOST_NOT_PRIVILEGED: loginRejected,
  ER_CON_COUNT_ERROR: 'The database has no connection left. Lower MYSQL_POOL_MAX or raise max_connections.',
  ER_BAD_DB_ERROR: 'The database of that name does not exist. Check MYSQL_DSN or MYSQL_DB.',
  ER_NO_SUCH_TABLE: missingTable,
  ER_BAD_FIELD_ERROR: missingColumn,
  ER_TABLEACCESS_DENIED_ERROR: missingGrant,
}

/** Creates the error of a source that cannot be read.
 *  @returns config_unavailable (503) */
export const createSourceError = (message: string, cause?: unknown): GatewayError =>
  new GatewayError(503, 'config_unavailable', message, { cause })

/** Converts anything that a database client has thrown.
 *  @returns config_unavailable (503) */
export const toSourceError = (thrown: unknown): GatewayError => {
  if (isGatewayError(thrown)) return thrown
  const code = getSafeCode(thrown)
  return createSourceError(helpByCode[code] ?? `The database responded with the error ${code || 'unknown'}.`, thrown)
}

/** Returns the code of an error if it is safe to show; else an empty text. */
export const getSafeCode = (thrown: unknown): string => {
  const code = isObject(thrown) || thrown instanceof Error ? (thrown as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : ''
}

/** Creates a source whose configuration cannot work. Each call rejects with the problem, and nothing connects. */
export const createUnusableSource = (name: SourceName, problem: string): MapSource => {
  const reject = (): Promise<never> => Promise.reject(createSourceError(problem))
  return { name, revision: reject, read: reject, publish: reject }
}
