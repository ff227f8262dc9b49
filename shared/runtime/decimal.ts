/** A non-negative decimal number: `units / 10 ** scale`. */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

/** The grammar of Python's `float()` (Python documentation, "Built-in Functions") for ASCII digits, without a minus. */
const decimalPattern = /^\+?(?=\.?\d)(\d(?:_?\d)*)?(?:\.(\d(?:_?\d)*)?)?(?:e([+-]?\d(?:_?\d)*))?$/i

/** The maximum length of a decimal's text. A usage record keeps three prices as JSON in 255 characters. */
const maxDecimalLength = 64

/** The maximum number of digits before and after the decimal point. */
const maxDigits = { before: 15, after: 30 } as const

/** Parses a non-negative decimal such as `"0.8"`, `".5"`, `"5."` or `"1e-3"`: the texts that Python's `float()` accepts, and so the
 *  texts in which JavaScript and MySQL print numbers. The result is exact. Every decimal of the configuration is parsed here.
 *  Returns undefined if the text is not a decimal, or is too long or too large. */
export const parseDecimal = (text: string): Decimal | undefined => {
  const trimmed = text.trim()
  const match = trimmed.length <= maxDecimalLength ? decimalPattern.exec(trimmed) : null
  if (!match) return undefined
  const [whole = '', fraction = '', exponent = ''] = match.slice(1).map((part = '') => part.replaceAll('_', ''))
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return { units: 0n, scale: 0 }
  const scale = fraction.length - Number(exponent) - (digits.length - significant.length)
  if (scale > maxDigits.after || significant.length - scale > maxDigits.before) return undefined
  const units = BigInt(significant)
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

/** Whether a text is a decimal that `parseDecimal` accepts. */
export const isDecimal = (text: string): boolean => parseDecimal(text) !== undefined

/** Parses a whole number from zero on, in any spelling that `parseDecimal` accepts: `"60"`, `"60.0"`, `"6e1"`. Returns undefined if the
 *  text is not a whole number. */
export const parseWhole = (text: string): number | undefined => {
  const decimal = parseDecimal(text)
  return decimal?.scale === 0 ? Number(decimal.units) : undefined
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
