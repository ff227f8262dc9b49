/** The values of `MYSQL_SSL_MODE`: how a connection is protected, as MySQL's own clients name it (MySQL 8.0 Reference Manual,
 *  "--ssl-mode"). `required` encrypts, `verify_ca` also checks who signed the certificate, `verify_identity` also whom it names. */
export const sslModes = ['disabled', 'required', 'verify_ca', 'verify_identity'] as const

export type SslMode = (typeof sslModes)[number]

/** The `ssl` option of `mysql2`. */
export interface MysqlTls {
  readonly rejectUnauthorized: boolean
  readonly verifyIdentity: boolean
}

/** The option that keeps a mode's promise; none for a connection in the clear. */
export const mysqlTls = (mode: SslMode): MysqlTls | undefined =>
  mode === 'disabled'
    ? undefined
    : { rejectUnauthorized: mode !== 'required', verifyIdentity: mode === 'verify_identity' }
