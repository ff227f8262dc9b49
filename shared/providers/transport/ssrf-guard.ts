import { lookup as resolve } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { GatewayError } from '../../protocol/errors.ts'
import { isPrivateAddress, isPrivateHost } from '../../runtime/private-address.ts'

/** Resolves a name for a connection and refuses private addresses. The connection uses the checked addresses, so a name
 *  cannot pass the check with one address and connect to another. One private address among others is enough to refuse
 *  the name. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    if (addresses.some(({ address }) => isPrivateAddress(address))) return callback(privateAddressError(), [])
    if (options.all) return callback(null, addresses)
    const [first] = addresses
    return callback(null, first?.address ?? '', first?.family ?? 0)
  })
}

/** Refuses a host that is a private address or name as written. Node does not look up addresses.
 *  @throws gateway_misconfigured (503) */
export const rejectPrivateHost = (hostname: string): void => {
  if (isPrivateHost(hostname)) throw privateAddressError()
}

const privateAddressError = (): GatewayError =>
  new GatewayError(
    503,
    'gateway_misconfigured',
    "This model's provider is at a private address. The gateway's operator must correct its api_base, or set ALLOW_PRIVATE_UPSTREAMS=true.",
    { headers: { 'x-should-retry': 'false' } },
  )
