import { createGuardedLookup } from '../../drivers/guarded-lookup.ts'
import { GatewayError } from '../../protocol/errors.ts'
import { isPrivateHost } from '../../runtime/private-address.ts'

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

/** Resolves the name of a provider for a connection and refuses private addresses. */
export const guardedLookup = createGuardedLookup(privateAddressError)
