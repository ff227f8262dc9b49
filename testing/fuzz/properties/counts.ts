import { equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import { addUsage, readUsage, type Usage } from '../../../shared/protocol/usage.ts'
import { parseDecimal } from '../../../shared/runtime/decimal.ts'
import { priceUsage, toPoints } from '../../../shared/usage/cost/pricing.ts'
import { estimateTokens } from '../../../shared/usage/cost/token-estimator.ts'
import { parseUsageQuery } from '../../../shared/usage/user-usage.ts'
import { parserProperty } from '../case-property.ts'
import { requireCount } from '../expect-record.ts'
import type { FuzzProperty } from '../property.ts'
import { jsonText, text } from '../values/json.ts'
import { usage } from '../values/usage.ts'

const decimal = fc.oneof(
  fc.tuple(fc.nat(999_999_999), fc.nat(999_999)).map(([whole, part]) => `${whole}.${part}`),
  fc.nat(99).map((part) => `0.${String(part).padStart(9, '0')}`),
  fc.constantFrom('0', '1', '1e-7', '1e-29', '999999999999'),
)

const odd = fc.oneof(text, jsonText, fc.constantFrom('-1', 'NaN', 'Infinity', '1e99', '0x10', '1_000', '٣', '1,5', ''))
const tokens = fc.oneof(fc.nat(10_000_000), fc.maxSafeInteger().map(Math.abs))

const requireCounts = ({ prompt_tokens, completion_tokens, total_tokens }: Usage): void => {
  for (const [name, value] of Object.entries({ prompt_tokens, completion_tokens, total_tokens }))
    requireCount(value, name)
}

const tariff = { pointsPer1kTokens: '1.0', pointsPerYuan: '500' }

/** Creates a usage with these tokens. */
const toUsage = (prompt: number, completion: number): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})

/** Properties of the code that counts tokens or money. */
export const countProperties: readonly FuzzProperty[] = [
  parserProperty({
    area: 'counts',
    title: 'any usage object is read as safe counts of 0 or greater, or as undefined',
    weight: 4,
    draws: usage,
    holds: (given) => {
      const read = readUsage(given)
      if (read) requireCounts(read)
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'a sum of usages has safe counts',
    weight: 3,
    draws: fc.tuple(usage, usage),
    holds: ([one, other]) => {
      const [left, right] = [readUsage(one), readUsage(other)]
      if (left && right) requireCounts(addUsage(left, right))
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'points are safe integers of 0 or greater, and more tokens never cost less',
    weight: 4,
    draws: fc.tuple(tokens, fc.oneof(fc.nat(3), fc.nat(2_000), fc.nat(10_000_000)), fc.oneof(decimal, odd)),
    holds: ([few, extra, ratio]) => {
      const more = Math.min(few + extra, Number.MAX_SAFE_INTEGER)
      const [fewPoints, morePoints] = [toPoints(few, ratio), toPoints(more, ratio)]
      requireCount(fewPoints, 'points')
      requireCount(morePoints, 'points')
      ok(fewPoints <= morePoints, `${fewPoints} > ${morePoints}`)
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'points by price are safe integers of 0 or greater, and more tokens never cost less',
    weight: 4,
    draws: fc.record({
      few: fc.tuple(fc.nat(50_000_000), fc.nat(50_000_000)),
      more: fc.tuple(fc.nat(2_000), fc.nat(50_000_000)),
      prices: fc.record({
        input: fc.oneof(decimal, odd),
        output: decimal,
        cache: fc.option(decimal, { nil: undefined }),
      }),
    }),
    holds: ({ few, more, prices }) => {
      const small = priceUsage({ usage: toUsage(...few) }, prices, tariff)
      const large = priceUsage({ usage: toUsage(few[0] + more[0], few[1] + more[1]) }, prices, tariff)
      requireCount(small.points, 'points')
      requireCount(small.costNanoYuan ?? 0, 'cost')
      ok(
        small.points <= large.points && (small.costNanoYuan ?? 0) <= (large.costNanoYuan ?? 0),
        'more tokens cost less',
      )
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'any usage that can be read has a price',
    weight: 3,
    draws: fc.tuple(usage, fc.oneof(decimal, odd)),
    holds: ([given, input]) => {
      const read = readUsage(given)
      if (!read) return
      const { points, costNanoYuan } = priceUsage(
        { usage: read },
        { input, output: '2', cache: '0.1', search: undefined },
        tariff,
      )
      requireCount(points, 'points')
      requireCount(costNanoYuan ?? 0, 'cost')
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'any text is parsed as an exact decimal of 0 or greater, or as undefined',
    weight: 3,
    draws: fc.oneof(decimal, odd),
    holds: (given) => {
      const read = parseDecimal(given)
      if (!read) return
      ok(read.units >= 0n && read.scale >= 0)
      equal(Number(`${read.units}e-${read.scale}`), Number(given.replaceAll('_', '')))
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'an estimate of tokens is a safe count that grows with the text',
    weight: 2,
    draws: fc.tuple(text, text),
    holds: ([one, other]) => {
      const estimate = estimateTokens(one + other)
      requireCount(estimate, 'estimate')
      ok(estimateTokens(one) <= estimate, 'more text is fewer tokens')
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'any usage query is parsed as a range of days and a page, or is rejected with a 400',
    weight: 1,
    draws: fc.dictionary(
      fc.constantFrom('from', 'to', 'limit', 'after'),
      fc.oneof(text, fc.constantFrom('2026-02-31', '0000-00-00', '1.1', '-1', '1e2')),
    ),
    holds: (parameters) => {
      try {
        const { from, to, limit, page } = parseUsageQuery(new URLSearchParams(parameters), 1_800_000_000_000)
        ok(/^\d{4}-\d\d-\d\d$/.test(from) && /^\d{4}-\d\d-\d\d$/.test(to))
        ok(limit >= 1 && limit <= 100)
        requireCount(page.until, 'until')
        requireCount(page.skip, 'skip')
      } catch (error) {
        equal((error as { status?: number }).status, 400, String(error))
      }
    },
  }),
]
