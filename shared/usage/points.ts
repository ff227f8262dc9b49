/** A decimal number taken apart: `units / 10 ** scale`. */
interface Decimal {
  readonly units: bigint
  readonly scale: number
}

const parseDecimal = (text: string): Decimal => {
  const [whole = '0', fraction = ''] = text.split('.')
  return { units: BigInt(whole + fraction), scale: fraction.length }
}

/** The quotient of two non-negative integers, rounded half to even as Python's `round` does. */
const divideHalfEven = (dividend: bigint, divisor: bigint): bigint => {
  const quotient = dividend / divisor
  const twice = (dividend % divisor) * 2n
  if (twice === divisor) return quotient + (quotient % 2n)
  return twice > divisor ? quotient + 1n : quotient
}

/** Points for a number of tokens: `totalTokens / 1000 × pointsPer1kTokens`, rounded half to even, in exact decimal arithmetic.
 *  `pointsPer1kTokens` is a plain decimal such as `"1.0"` or `"0.25"`. */
export const pointsForTokens = (totalTokens: number, pointsPer1kTokens: string): number => {
  const ratio = parseDecimal(pointsPer1kTokens)
  return Number(divideHalfEven(BigInt(totalTokens) * ratio.units, 1000n * 10n ** BigInt(ratio.scale)))
}
