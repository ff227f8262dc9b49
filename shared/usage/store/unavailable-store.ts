import { GatewayError } from '../../protocol/errors.ts'
import type { UsageStore } from './store.ts'

const rejectMisconfigured = (): Promise<never> =>
  Promise.reject(
    new GatewayError(
      503,
      'gateway_misconfigured',
      "The usage store is not set up. The gateway's operator finds the reason in its log.",
    ),
  )

/** The store that stands for one that was asked for and cannot be built: it refuses everything, so that nothing goes unrecorded. */
export const unavailableStore: UsageStore = {
  insert: rejectMisconfigured,
  change: rejectMisconfigured,
  read: rejectMisconfigured,
  find: rejectMisconfigured,
  totals: rejectMisconfigured,
  end: () => Promise.resolve(),
}
