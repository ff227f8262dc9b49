import { createKeyBook, type KeyBook } from '../../auth/keys/key-book.ts'
import { type GatewayError, misconfiguredError } from '../../protocol/errors.ts'
import type { KeysConfig } from '../config/keys-config.ts'
import { openRowStore } from './row-store.ts'

/** The keys of a configuration. */
export interface OpenedKeys {
  readonly book: KeyBook
  /** Whether instances share the store, so that points can be counted in it. */
  readonly isShared: boolean
  /** Closes the store's connections. */
  readonly end: () => Promise<void>
}

/** Opens the keys of a configuration. They are rows beside the wallets.
 *  @throws gateway_misconfigured (503) */
export const openKeys = async ({ store: { value: config }, perUser }: KeysConfig): Promise<OpenedKeys> => {
  if (!config) throw keysMisconfiguredError()
  const store = await openRowStore(config)
  return { book: createKeyBook({ store, perUser }), isShared: config.kind !== 'file', end: store.end }
}

/** Keys are on, and cannot be used. */
export const keysMisconfiguredError = (): GatewayError => misconfiguredError('Keys are not set up.')
