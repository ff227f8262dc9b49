import type { Language } from '../language.ts'
import type { Variables } from '../variables/read-variables.ts'
import { type Address, parseAddress } from './parse-options.ts'

/** Returns the URL under which a client of this machine reaches an address. An address that means "every interface", to
 *  which no client can connect, becomes loopback. */
export const toClientUrl = ({ host, port }: Address): string => {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** Returns the URL of the local gateway that these variables configure. @throws Error if `PORT` is not a port */
export const getLocalUrl = (variables: Variables, language: Language = 'en'): string =>
  toClientUrl(parseAddress(variables, language))
