import { toFinalFields, toOpenRow, type UsageRow } from '../../shared/usage/store/row.ts'

const dayMs = 86_400_000

/** The models of the pictures: calls a day at the start, tokens of a call, and points of a thousand tokens. */
const models = [
  { model: 'glm-4.5', provider: 'openai', calls: 9, tokens: 1_400, rate: 6 },
  { model: 'deepseek-chat', provider: 'deepseek', calls: 6, tokens: 900, rate: 4 },
  { model: 'qwen-plus', provider: 'qwen', calls: 4, tokens: 1_100, rate: 3 },
] as const

const users = ['u-1024', 'u-2048', 'u-4096', 'u-8192'] as const

/** Makes the records of the last 30 days for the pictures: calls of several models and users, fewer at weekends, more each week. */
export const makeExampleUsage = (now: number): UsageRow[] =>
  Array.from({ length: 30 }, (_, daysAgo) => daysAgo).flatMap((daysAgo) => {
    const closedAt = now - daysAgo * dayMs
    const isWeekend = [0, 6].includes(new Date(closedAt).getUTCDay())
    return models.flatMap((row, place) => {
      const count = Math.round(row.calls * (isWeekend ? 0.4 : 1) * (1.6 - daysAgo / 40) + ((daysAgo * (place + 3)) % 4))
      return Array.from({ length: count }, (_, call) =>
        makeRow(row, { closedAt: closedAt - call * 60_000, call, daysAgo }),
      )
    })
  })

interface Call {
  readonly closedAt: number
  readonly call: number
  readonly daysAgo: number
}

const makeRow = (
  { model, provider, tokens, rate }: (typeof models)[number],
  { closedAt, call, daysAgo }: Call,
): UsageRow => {
  const prompt_tokens = Math.round(tokens * (0.6 + (call % 5) / 10))
  const completion_tokens = Math.round(tokens * (0.3 + ((call + daysAgo) % 4) / 10))
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
  const points = Math.round((usage.total_tokens / 1_000) * rate)
  const opening = {
    requestId: `${model}-${daysAgo}-${call}`,
    userId: users[(call + daysAgo) % users.length] ?? null,
    model,
    upstreamModel: model,
    provider,
    endpoint: 'chat/completions',
    stream: true,
    clientRequestId: undefined,
    prices: undefined,
    promptTokens: () => prompt_tokens,
  }
  const closing = { outcome: 'complete', usage, estimated: call % 17 === 0, latencyMs: 2_100, ttftMs: 400 } as const
  const open = toOpenRow(opening, { now: closedAt, maxMs: 60_000, written: false })
  return { ...open, ...toFinalFields(closing, { points, costNanoYuan: usage.total_tokens * rate * 800 }, closedAt) }
}
