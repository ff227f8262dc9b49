import type { Prices } from '../../protocol/route.ts'
import { priceUsage, type Tariff } from './pricing.ts'

/** A call of this size costs points, unless the model is free. */
const large = { usage: { prompt_tokens: 1e9, completion_tokens: 1e9, total_tokens: 2e9 }, units: { search: 1e9 } }

/** Whether a model costs no points, whatever the size of a call. */
export const isFree = (prices: Prices | undefined, tariff: Tariff): boolean =>
  priceUsage(large, prices, tariff).points === 0
