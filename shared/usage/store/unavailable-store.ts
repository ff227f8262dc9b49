import { misconfiguredError } from '../../protocol/errors.ts'
import type { UsageStore } from './store.ts'

const rejectUnavailable = (): Promise<never> => Promise.reject(misconfiguredError('The usage store is not set up.'))

/** Stands for a store that is configured but cannot be built. It rejects every call, so that no call goes unrecorded.
 *  @throws gateway_misconfigured (503) */
export const unavailableStore: UsageStore = {
  insert: rejectUnavailable,
  change: rejectUnavailable,
  read: rejectUnavailable,
  find: rejectUnavailable,
  totals: rejectUnavailable,
  end: () => Promise.resolve(),
}
