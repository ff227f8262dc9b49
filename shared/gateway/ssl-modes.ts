import type { SslMode } from '../models/mysql-source.ts'

/** The values of `MYSQL_SSL_MODE`. */
export const sslModes = ['disabled', 'required', 'verify_ca', 'verify_identity'] as const satisfies readonly SslMode[]
