import { equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import { addUsage, readUsage, type Usage } from '../../../shared/protocol/usage.ts'
import { parseDecimal } from '../../../shared/usage/cost/decimal.ts'
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

/** A usage of so many tokens in and out. */
const used = (prompt: number, completion: number): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})

/** Everything that counts tokens or money. */
export const countProperties: readonly FuzzProperty[] = [
  parserProperty({
    area: 'counts',
    title: 'any usage object is read as safe counts from zero on, or as none',
    weight: 4,
    draws: usage,
    holds: (given) => {
      const read = readUsage(given)
      if (read) requireCounts(read)
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'the sum of usages is of safe counts too',
    weight: 3,
    draws: fc.tuple(usage, usage),
    holds: ([one, other]) => {
      const [left, right] = [readUsage(one), readUsage(other)]
      if (left && right) requireCounts(addUsage(left, right))
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'points are safe integers from zero on, and more tokens never cost less',
    weight: 4,
    draws: fc.tuple(tokens, fc.oneof(fc.nat(3), fc.nat(2_000), fc.nat(10_000_000)), fc.oneof(decimal, odd)),
    holds: ([few, extra, ratio]) => {
      const more = Math.min(few + extra, Number.MAX_SAFE_INTEGER)
      const [least, most] = [toPoints(few, ratio), toPoints(more, ratio)]
      requireCount(least, 'points')
      requireCount(most, 'points')
      ok(least <= most, `${least} > ${most}`)
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'a charge by prices is a safe integer from zero on, and more tokens never cost less',
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
      const least = priceUsage(used(...few), prices, tariff)
      const most = priceUsage(used(few[0] + more[0], few[1] + more[1]), prices, tariff)
      requireCount(least.points, 'points')
      requireCount(least.costNanoYuan ?? 0, 'cost')
      ok(least.points <= most.points && (least.costNanoYuan ?? 0) <= (most.costNanoYuan ?? 0), 'more tokens cost less')
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'whatever usage is read can be charged for',
    weight: 3,
    draws: fc.tuple(usage, fc.oneof(decimal, odd)),
    holds: ([given, input]) => {
      const read = readUsage(given)
      if (!read) return
      const { points, costNanoYuan: costNano } = priceUsage(read, { input, output: '2', cache: '0.1' }, tariff)
      requireCount(points, 'points')
      requireCount(costNano ?? 0, 'cost')
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'any text is a decimal from zero on, exactly, or none',
    weight: 3,
    draws: fc.oneof(decimal, odd),
    holds: (given) => {
      const read = parseDecimal(given)
      if (!read) return
      ok(read.units >= 0n && read.scale >= 0)
      equal(Number(`${read.units}e-${read.scale}`), Number(given))
    },
  }),
  parserProperty({
    area: 'counts',
    title: 'an estimate of tokens is zero for no text, above zero for any other but blanks, and grows with it',
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
    title: "any query for one's usage is a range of days and a page, or is refused",
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
