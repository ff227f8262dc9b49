import { GatewayError, isGatewayError } from '../../protocol/errors.ts'

/** Opens a store and does work on it.
 *  @param failure tells the client that the store failed
 *  @throws usage_unavailable (503) if the store fails; a change may have been made, and a repeat is safe */
export const useStore = async <Store, Result>(
  open: () => Promise<Store>,
  work: (store: Store) => Result,
  failure: string,
): Promise<Awaited<Result>> => {
  const store = await open()
  try {
    return await work(store)
  } catch (cause) {
    if (isGatewayError(cause)) throw cause
    throw new GatewayError(503, 'usage_unavailable', failure, { headers: { 'retry-after': '1' }, cause })
  }
}
