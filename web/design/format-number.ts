/** Formats a number with commas between its thousands, as English and Chinese both write it. Small numbers keep four decimals, others two. */
export const formatNumber = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 4 : 2 })
