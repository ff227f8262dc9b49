import type { SoakResult } from './run-soak.ts'

/** The allowed bounds, as fractions: 0.1 is a tenth. */
export interface Bounds {
  /** Growth of memory. */
  readonly maxDrift: number
  /** Requests that got a 503: on a busy machine the store is too slow. */
  readonly maxRefused: number
}

/** Lists the violations of a soak, one sentence each. */
export const findViolations = (result: SoakResult, { maxDrift, maxRefused }: Bounds): string[] => {
  const { reconciliation, misattributed, memory, leftOpen, statuses } = result
  const refused = (statuses[503] ?? 0) / reconciliation.requests
  const counts = { ...reconciliation.failures, misattributed }
  return [
    ...Object.entries(counts).map(([failure, count]) => count > 0 && `${count} records ${failure}`),
    ...Object.entries(leftOpen).map(([side, count]) => count > 0 && `${count} connections left open: ${side}`),
    memory.drift >= maxDrift && `memory grew by ${(memory.drift * 100).toFixed(1)} %`,
    refused > maxRefused && `${(refused * 100).toFixed(1)} % of the requests got a 503`,
    reconciliation.exactTokensRecorded !== reconciliation.exactTokensStated &&
      'the recorded tokens differ from those of the provider',
  ].filter((violation) => violation !== false)
}
