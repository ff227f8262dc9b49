import type { Prices } from '../../protocol/route.ts'
import type { Usage } from '../../protocol/usage.ts'
import { cachedTokens } from './cached-tokens.ts'
import { type Decimal, readDecimal, roundHalfEven, roundUp, sum, times, toSafeNumber } from './decimal.ts'

/** What usage costs where a route has no prices, and what a yuan is worth. Plain decimals, such as `"1.0"`. */
export interface Tariff {
  readonly pointsPer1kTokens: string
  readonly pointsPerYuan: string
}

/** What one answer costs its user. */
export interface Charge {
  /** Integer ≥ 0. */
  readonly points: number
  /** Cost in nano-yuan (10⁻⁹ yuan), an integer ≥ 0, half to even; null where the route has no prices. */
  readonly costNano: number | null
}

const nothing: Decimal = { units: 0n, scale: 0 }

/** The charge for a usage. With prices: points are the cost in yuan × `pointsPerYuan`, rounded up. Without, or with prices
 *  that are no numbers: tokens / 1000 × `pointsPer1kTokens`, half to even. Exact decimal arithmetic throughout. */
export const chargeFor = (usage: Usage, prices: Prices | undefined, tariff: Tariff): Charge => {
  const cost = prices && costInYuan(usage, prices)
  if (!cost) return { points: pointsForTokens(usage.total_tokens, tariff.pointsPer1kTokens), costNano: null }
  const perYuan = readDecimal(tariff.pointsPerYuan) ?? nothing
  return {
    points: toSafeNumber(roundUp({ units: cost.units * perYuan.units, scale: cost.scale + perYuan.scale })),
    costNano: toSafeNumber(roundHalfEven(times(1_000_000_000n, cost))),
  }
}

/** Points for a number of tokens: `totalTokens / 1000 × pointsPer1kTokens`, rounded half to even. */
export const pointsForTokens = (totalTokens: number, pointsPer1kTokens: string): number => {
  const { units, scale } = readDecimal(pointsPer1kTokens) ?? nothing
  return toSafeNumber(roundHalfEven({ units: BigInt(totalTokens) * units, scale: scale + 3 }))
}

/** The cost of a usage; undefined when a price is no number. Cached tokens are part of the prompt's and have their own price.
 *  A usage that states nothing but a total is all input; otherwise what a total holds beyond the prompt is output: xAI and
 *  Gemini count reasoning in the total alone. */
const costInYuan = (usage: Usage, prices: Prices): Decimal | undefined => {
  const input = readDecimal(prices.input)
  const output = readDecimal(prices.output)
  const cache = prices.cache === undefined ? input : readDecimal(prices.cache)
  if (!input || !output || !cache) return undefined
  const { prompt_tokens, completion_tokens, total_tokens: total } = usage
  const prompt = prompt_tokens + completion_tokens === 0 ? total : prompt_tokens
  const completion = Math.max(completion_tokens, total - prompt)
  const cached = Math.min(cachedTokens(usage), prompt)
  const perMillion = sum(
    times(BigInt(prompt - cached), input),
    times(BigInt(cached), cache),
    times(BigInt(completion), output),
  )
  return { units: perMillion.units, scale: perMillion.scale + 6 }
}

/** A cost in nano-yuan as a decimal string of yuan: `1200000` → `"0.0012"`. */
export const yuan = (costNano: number): string => {
  const digits = String(costNano).padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '')
}
