import type { Prices } from '../../protocol/route.ts'
import type { OtherUnits, Usage } from '../../protocol/usage.ts'
import {
  addDecimals,
  type Decimal,
  multiply,
  parseDecimal,
  roundHalfEven,
  roundUp,
  toSafeNumber,
} from '../../runtime/decimal.ts'
import { memoize } from '../../runtime/memoize.ts'
import { toUnits } from './units.ts'

/** How usage becomes points. Plain decimals, such as `"1.0"`. */
export interface Tariff {
  /** For routes without prices. */
  readonly pointsPer1kTokens: string
  /** For routes with prices. */
  readonly pointsPerYuan: string
}

/** The cost of one call for its user. */
export interface Charge {
  /** Integer ≥ 0. */
  readonly points: number
  /** Cost in nano-yuan (10⁻⁹ yuan), an integer ≥ 0, rounded half to even; null if the route has no prices. */
  readonly costNanoYuan: number | null
}

/** What a call has used. */
export interface Used {
  readonly usage: Usage
  /** Units that are stated beside the usage. */
  readonly units?: OtherUnits | undefined
}

const zero: Decimal = { units: 0n, scale: 0 }

/** Prices and tariffs are texts of the configuration, which are few. */
const readDecimal = memoize(parseDecimal)

/** Returns the charge for what a call has used. With prices: points are the cost in yuan × `pointsPerYuan`, rounded up.
 *  Without prices, or with prices that are not numbers: tokens / 1000 × `pointsPer1kTokens`, rounded half to even. All arithmetic is exact. */
export const priceUsage = (used: Used, prices: Prices | undefined, tariff: Tariff): Charge => {
  const cost = prices && getCost(used, prices)
  if (!cost) return { points: toPoints(used.usage.total_tokens, tariff.pointsPer1kTokens), costNanoYuan: null }
  const perYuan = readDecimal(tariff.pointsPerYuan) ?? zero
  return {
    points: toSafeNumber(roundUp({ units: cost.units * perYuan.units, scale: cost.scale + perYuan.scale })),
    costNanoYuan: toSafeNumber(roundHalfEven(multiply(1_000_000_000n, cost))),
  }
}

/** Returns the points for a number of tokens: `totalTokens / 1000 × pointsPer1kTokens`, rounded half to even. */
export const toPoints = (totalTokens: number, pointsPer1kTokens: string): number => {
  const { units, scale } = readDecimal(pointsPer1kTokens) ?? zero
  return toSafeNumber(roundHalfEven({ units: BigInt(totalTokens) * units, scale: scale + 3 }))
}

/** Returns the cost in yuan; undefined if a price is not a number. Cached tokens have their own price. */
const getCost = ({ usage, units }: Used, prices: Prices): Decimal | undefined => {
  const input = readDecimal(prices.input)
  const output = readDecimal(prices.output)
  const cache = prices.cache === undefined ? input : readDecimal(prices.cache)
  const search = readDecimal(prices.search ?? '0')
  if (!input || !output || !cache || !search) return undefined
  const used = { input: 0, cached: 0, output: 0, search: 0, ...toUnits(usage, units) }
  const perMillion = addDecimals(
    multiply(BigInt(used.input - used.cached), input),
    multiply(BigInt(used.cached), cache),
    multiply(BigInt(used.output), output),
    multiply(BigInt(used.search) * 1_000n, search),
  )
  return { units: perMillion.units, scale: perMillion.scale + 6 }
}

/** Formats a cost in nano-yuan as a decimal string of yuan: `1200000` → `"0.0012"`. */
export const formatYuan = (costNano: number): string => {
  const digits = String(costNano).padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '')
}
