import type { SoakResult } from './run-soak.ts'

/** What of a soak's result must not be, each as a sentence. `maxDrift` is a share: 0.1 is a tenth. */
export const violationsOf = (result: SoakResult, maxDrift: number): string[] => {
  const { reconciliation, misattributed, memory, leftOpen } = result
  const counts = { ...reconciliation.failures, misattributed }
  return [
    ...Object.entries(counts).map(([what, count]) => count > 0 && `${count} records ${what}`),
    ...Object.entries(leftOpen).map(([where, count]) => count > 0 && `${count} connections left open: ${where}`),
    memory.drift >= maxDrift && `memory grew by ${(memory.drift * 100).toFixed(1)} %`,
    reconciliation.exactTokensRecorded !== reconciliation.exactTokensStated && 'tokens recorded are not those stated',
  ].filter((violation) => violation !== false)
}
