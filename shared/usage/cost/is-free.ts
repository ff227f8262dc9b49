import type { Prices } from '../../protocol/route.ts'
import { priceUsage, type Tariff } from './pricing.ts'

/** A call of this size costs points, unless the model is free. */
const largeUsage = { prompt_tokens: 1e9, completion_tokens: 1e9, total_tokens: 2e9 }

/** Whether a model costs no points, whatever the size of a call. */
export const isFree = (prices: Prices | undefined, tariff: Tariff): boolean =>
  priceUsage(largeUsage, prices, tariff).points === 0
