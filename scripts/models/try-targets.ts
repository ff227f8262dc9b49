import { parseCall } from '../../shared/protocol/call.ts'
import type { Route, Target } from '../../shared/protocol/route.ts'
import type { Usage } from '../../shared/protocol/usage.ts'
import { createProvider } from '../../shared/providers/provider.ts'
import { getTargetId } from '../../shared/providers/targets/target-id.ts'
import { createTextExchange } from '../../shared/providers/text-exchange.ts'
import { formatYuan, priceUsage } from '../../shared/usage/cost/pricing.ts'

/** How targets are tried. */
export interface TryOptions {
  readonly allowPrivate: boolean
  readonly print: (line: string) => void
}

/** Returns the targets of routes, each address, key and model once. */
export const listTargets = (routes: readonly Route[]): Target[] => [
  ...new Map(routes.flatMap(({ targets }) => targets).map((target) => [getTargetId(target), target])).values(),
]

const timeouts = { connect: 5_000, firstByte: 30_000, idle: 30_000, total: 60_000 }

/** The cheapest call: one word, and one token for the answer. */
const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 }

/** Calls each target once, one after another, and prints whether it works and what the call cost. Resolves with whether
 *  all work. */
export const tryTargets = async (targets: readonly Target[], { allowPrivate, print }: TryOptions): Promise<boolean> => {
  const provider = createProvider(timeouts, { allowPrivate }, unsharedTargets, createTextExchange)
  let failed = 0
  for (const target of targets) {
    const { signal } = new AbortController()
    const route: Route = {
      model: 'm',
      allowedGroups: undefined,
      callerCaps: undefined,
      prices: undefined,
      targets: [target],
    }
    const ignore = (): void => undefined
    const call = parseCall('chat/completions', Buffer.from(JSON.stringify(body)))
    const options = { signal, clientSignal: signal, userId: null, onText: ignore, onAttempt: ignore }
    const begunAt = performance.now()
    const result = await provider(route, call, options).then(
      (response) => `works, ${response.kind === 'whole' ? formatCost(response.usage, target) : ''}`,
      (thrown: unknown) => {
        failed += 1
        return `fails: ${thrown instanceof Error ? thrown.message : String(thrown)}`
      },
    )
    print(
      `${target.name}  ${target.provider} ${target.upstreamModel}: ${result} (${Math.round(performance.now() - begunAt)} ms)`,
    )
  }
  return failed === 0
}

/** A check counts no places and shares no rests. */
const unsharedTargets: Parameters<typeof createProvider>[2] = {
  log: () => undefined,
  acquire: () => Promise.resolve(() => Promise.resolve()),
  readRests: () => Promise.resolve(undefined),
  addRest: () => Promise.resolve(),
  removeRests: () => Promise.resolve(),
}

const formatCost = (usage: Usage | undefined, { prices }: Target): string => {
  if (!usage) return 'cost unknown: the provider states no usage'
  const { costNanoYuan } = priceUsage({ usage }, prices, { pointsPer1kTokens: '0', pointsPerYuan: '0' })
  const cost = costNanoYuan === null ? 'the entry has no prices' : `${formatYuan(costNanoYuan)} yuan`
  return `${usage.prompt_tokens} + ${usage.completion_tokens} tokens, ${cost}`
}
