/** The values of `MYSQL_SSL_MODE`, with the names of MySQL's own clients (MySQL 8.0 Reference Manual, "--ssl-mode").
 *  `required` encrypts, `verify_ca` also checks the signer of the certificate, `verify_identity` also checks the host
 *  name. */
export const sslModes = ['disabled', 'required', 'verify_ca', 'verify_identity'] as const

/** A value of `MYSQL_SSL_MODE`. */
export type SslMode = (typeof sslModes)[number]

/** The address of the database and the login. */
export interface MysqlLogin {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly sslMode: SslMode
}

/** The option `ssl` of `mysql2`. */
export interface SslOption {
  readonly rejectUnauthorized: boolean
  readonly verifyIdentity: boolean
}

/** Returns the option `ssl` for a mode; undefined for an unencrypted connection. */
export const toSslOption = (mode: SslMode): SslOption | undefined =>
  mode === 'disabled'
    ? undefined
    : { rejectUnauthorized: mode !== 'required', verifyIdentity: mode === 'verify_identity' }
