import { lookup as resolve } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isPrivateAddress } from '../runtime/private-address.ts'

/** Creates a function that resolves a name for a connection and refuses private addresses. The connection uses the checked
 *  addresses, so a name cannot pass the check with one address and connect to another. One private address among others is
 *  enough to refuse the name.
 *  @param createError creates the error of a refusal */
export const createGuardedLookup =
  (createError: () => Error): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      if (addresses.some(({ address }) => isPrivateAddress(address))) return callback(createError(), [])
      if (options.all) return callback(null, addresses)
      const [first] = addresses
      return callback(null, first?.address ?? '', first?.family ?? 0)
    })
  }
