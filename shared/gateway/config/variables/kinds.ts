import { isDecimal } from '../../../runtime/decimal.ts'
import { integerVariable, splitList, stopping, textVariable, type Variable } from './variable.ts'

/** A text that passes a check. */
const checkedText = <Fallback extends string | undefined>(
  isFit: (value: string) => boolean,
  must: string,
  fallback: Fallback,
): Variable<string | Fallback> => ({ fallback, read: (value) => (isFit(value) ? value : undefined), must })

const matchingText = <Fallback extends string | undefined>(pattern: RegExp, must: string, fallback: Fallback) =>
  checkedText((value) => pattern.test(value), must, fallback)

/** Milliseconds. A timer of Node.js waits at most 2 ** 31 - 1 milliseconds. */
export const milliseconds = (fallback: number) => integerVariable(fallback, { least: 1, most: 2_147_483_647 })

/** A table of a database: `table`, or `schema.table`. */
export const tableName = (fallback: string) =>
  matchingText(/^[A-Za-z_]\w{0,63}(\.[A-Za-z_]\w{0,63})?$/, 'must be a name of a table', fallback)

/** A decimal that users are charged by. No default stands in for a value that cannot be parsed: it could be a thousand
 *  times the price. */
export const chargingRate = (fallback: string): Variable<string | undefined> =>
  stopping(checkedText(isDecimal, 'must be a decimal number, zero or above', fallback))

/** A name that becomes part of a host name. */
export const hostLabel = <Fallback extends string | undefined>(fallback: Fallback) =>
  matchingText(/^[a-z0-9-]{1,63}$/i, 'may hold letters, digits and hyphens only', fallback)

/** An http or https URL. */
export const webUrl = <Fallback extends string | undefined>(fallback: Fallback) =>
  checkedText((value) => /^https?:$/.test(getProtocol(value)), 'must be an http or https URL', fallback)

/** An origin that tokens may be sent to: plain http on a loopback host only. */
export const authOrigin = () => checkedText(isSafeOrigin, 'must be https, or http on a loopback host', undefined)
const isSafeOrigin = (value: string): boolean =>
  getProtocol(value) === 'https:' ||
  (getProtocol(value) === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(value).hostname))
const getProtocol = (value: string): string => (URL.canParse(value) ? new URL(value).protocol : '')

/** Secrets separated by commas. One that is too short could be guessed offline from a single signed text. */
export const secretList = (): Variable<readonly string[]> => ({
  fallback: [],
  read: (text) => {
    const secrets = splitList(text)
    return secrets.length <= maxSecrets && secrets.every(isLongSecret) ? secrets : undefined
  },
  must: `must be up to ${maxSecrets} secrets of ${minSecretBytes} bytes or more, separated by commas`,
})
const minSecretBytes = 32
const maxSecrets = 4
const isLongSecret = (secret: string): boolean => Buffer.byteLength(secret) >= minSecretBytes

/** JSON in a variable. One pair of quotes around it is removed: some shells and consoles leave it there. */
export const jsonText = (): Variable<string | undefined> => ({
  ...textVariable(),
  read: (value) => value.replace(/^(['"])([\s\S]*)\1$/, '$2'),
})
