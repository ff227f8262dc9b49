/** A non-negative decimal number: `units / 10 ** scale`. */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

const decimalPattern = /^(\d{1,15})(?:\.(\d{0,30}))?(?:e([+-]?[0-2]?\d))?$/i

/** Parses a non-negative decimal such as `"0.8"`, `"12"` or `"1e-7"` (as JavaScript prints small numbers). Returns undefined if the
 *  text is not one. */
export const parseDecimal = (text: string): Decimal | undefined => {
  const match = decimalPattern.exec(text.trim())
  if (!match) return undefined
  const [, whole = '0', fraction = '', exponent = '0'] = match
  const units = BigInt(whole + fraction)
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

/** Returns the product of an integer and a decimal. */
export const multiply = (factor: bigint, { units, scale }: Decimal): Decimal => ({ units: factor * units, scale })

/** Returns the sum of decimals. */
export const addDecimals = (...terms: readonly Decimal[]): Decimal => {
  const scale = Math.max(0, ...terms.map((term) => term.scale))
  const units = terms.reduce((total, term) => total + term.units * 10n ** BigInt(scale - term.scale), 0n)
  return { units, scale }
}

/** Rounds to the nearest integer. Of two equally near integers, returns the even one, as Python's `round` does. */
export const roundHalfEven = ({ units, scale }: Decimal): bigint => {
  const divisor = 10n ** BigInt(scale)
  const quotient = units / divisor
  const twice = (units % divisor) * 2n
  if (twice === divisor) return quotient + (quotient % 2n)
  return twice > divisor ? quotient + 1n : quotient
}

/** Rounds up: returns the smallest integer that is not below a decimal. */
export const roundUp = ({ units, scale }: Decimal): bigint => {
  const divisor = 10n ** BigInt(scale)
  return (units + divisor - 1n) / divisor
}

/** Converts to a number that is exact. A larger integer becomes `Number.MAX_SAFE_INTEGER`. */
export const toSafeNumber = (value: bigint): number =>
  Number(value > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : value)
