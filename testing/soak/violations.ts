import type { SoakResult } from './run-soak.ts'

/** How much of what cannot be helped is borne, as shares: 0.1 is a tenth. */
export interface Bounds {
  readonly maxDrift: number
  /** Of the requests, those that the gateway turned away with a 503: on a busy machine its store is too slow. */
  readonly maxRefused: number
}

/** What of a soak's result must not be, each as a sentence. */
export const violationsOf = (result: SoakResult, { maxDrift, maxRefused }: Bounds): string[] => {
  const { reconciliation, misattributed, memory, leftOpen, statuses } = result
  const refused = (statuses[503] ?? 0) / reconciliation.requests
  const counts = { ...reconciliation.failures, misattributed }
  return [
    ...Object.entries(counts).map(([what, count]) => count > 0 && `${count} records ${what}`),
    ...Object.entries(leftOpen).map(([where, count]) => count > 0 && `${count} connections left open: ${where}`),
    memory.drift >= maxDrift && `memory grew by ${(memory.drift * 100).toFixed(1)} %`,
    refused > maxRefused && `${(refused * 100).toFixed(1)} % of the requests were refused with a 503`,
    reconciliation.exactTokensRecorded !== reconciliation.exactTokensStated && 'tokens recorded are not those stated',
  ].filter((violation) => violation !== false)
}
