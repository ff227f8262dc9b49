import { describe, expect, test } from '@jest/globals'
import { type Metering, meterCall } from '../../shared/gateway/metering.ts'
import type { Request } from '../../shared/http/request.ts'
import { parseCall } from '../../shared/protocol/call.ts'
import { GatewayError } from '../../shared/protocol/errors.ts'
import { createUsageLedger, type LedgerOptions } from '../../shared/usage/ledger/ledger.ts'
import type { UsageRecord } from '../../shared/usage/store/record.ts'
import { unavailableStore } from '../../shared/usage/store/unavailable-store.ts'
import { keptLog } from '../support/capture-log.ts'

const route = { provider: 'openai', upstreamModel: 'm-2', prices: undefined } as unknown as Parameters<
  typeof meterCall
>[0]['route']

const metered = (
  options: Partial<LedgerOptions> = {},
  body: object = {},
): { metering: Metering; delivered: UsageRecord[] } => {
  const delivered: UsageRecord[] = []
  const ledger = createUsageLedger({
    store: undefined,
    durability: 'intent',
    failOpen: false,
    deliver: (record) => Promise.resolve(void delivered.push(record)),
    tariff: { pointsPer1kTokens: '1.0', pointsPerYuan: '500' },
    maxResponseMs: 60_000,
    progressEveryMs: 5_000,
    log: keptLog().log,
    ...options,
  })
  const request = {
    id: 'r',
    headers: {},
    annotate: () => undefined,
    signal: new AbortController().signal,
  } as unknown as Request
  const text = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: '你好' }], ...body })
  const call = parseCall('chat/completions', Buffer.from(text))
  const user = { id: 'user-1' } as Parameters<typeof meterCall>[0]['user']
  return { metering: meterCall({ request, user, call, route, ledger }), delivered }
}

describe('an answer that fails before it has begun for the client', () => {
  test.each([
    [new GatewayError(499, 'client_gone', 'gone'), 'client_gone'],
    [new GatewayError(504, 'upstream_timeout', 'late'), 'timeout'],
    [new GatewayError(502, 'upstream_error', 'cut'), 'upstream_cut'],
    [new TypeError('ours'), 'upstream_cut'],
  ])('is recorded as estimated where its text was heard: %s (R16)', async (failure, outcome) => {
    const { metering, delivered } = metered()
    metering.onText('three words heard')
    await expect(metering.begin(Promise.reject(failure))).rejects.toBe(failure)
    expect(delivered).toEqual([expect.objectContaining({ metadata: expect.objectContaining({ outcome }) })])
    expect(delivered[0]?.metadata['estimated']).toBe(true)
    expect(delivered[0]?.usage.completion_tokens).toBeGreaterThan(0)
    expect(metering.signal.aborted).toBe(true)
  })

  test('is recorded by the usage that was stated for a part of it', async () => {
    const { metering, delivered } = metered()
    const usage = { prompt_tokens: 10, completion_tokens: 16_000, total_tokens: 16_010 }
    const failure = new GatewayError(502, 'upstream_error', 'cut', { usage })
    metering.onText('ok')
    await expect(metering.begin(Promise.reject(failure))).rejects.toBe(failure)
    const metadata = expect.objectContaining({ outcome: 'upstream_cut', estimated: false })
    expect(delivered).toEqual([expect.objectContaining({ usage, metadata })])
  })

  test('leaves no record where nothing was heard', async () => {
    const { metering, delivered } = metered()
    await expect(metering.begin(Promise.reject(new GatewayError(502, 'upstream_error', 'cut')))).rejects.toThrow('cut')
    expect(delivered).toEqual([])
  })

  test('owes nothing where it was withheld because it could not be recorded', async () => {
    const { metering, delivered } = metered({ store: unavailableStore })
    metering.onText('three words heard')
    await expect(metering.begin(Promise.resolve('answer'))).rejects.toMatchObject({
      code: 'usage_unavailable',
      options: { headers: { 'x-should-retry': 'false' } },
    })
    expect(delivered).toEqual([])
  })
})

describe('the time to the first token', () => {
  const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

  test('ends with the first text, not with the headers that a keep-alive sends before it', async () => {
    const { metering, delivered } = metered({}, { stream: true })
    await metering.begin(Promise.resolve('headers'))
    await later(60)
    metering.onText('text')
    await later(60)
    metering.onText('more')
    await metering.settle('complete', undefined)
    const { ttft_ms: ttft, latency_ms: latency } = delivered[0]?.metadata ?? {}
    expect(ttft).toBeGreaterThanOrEqual(50)
    expect(latency).toBeGreaterThanOrEqual(Number(ttft) + 50)
  })
})
