import * as fc from 'fast-check'
import { json, number } from './json.ts'

const count = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1_000_000) },
  { weight: 2, arbitrary: number },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: json },
)

const details = fc.oneof(fc.record({ cached_tokens: count, reasoning_tokens: count }, { requiredKeys: [] }), json)

/** Usage of providers, valid and invalid. */
export const usage: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        prompt_tokens: count,
        completion_tokens: count,
        total_tokens: count,
        prompt_tokens_details: details,
        completion_tokens_details: details,
        prompt_cache_hit_tokens: count,
        cached_tokens: count,
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: json },
)
