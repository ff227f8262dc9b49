import type { Quota } from '../../../limits/quotas/quota.ts'
import { toQuotaError } from '../../../limits/quotas/quota-error.ts'
import type { Amounts, QuotaShare } from '../../../limits/quotas/quota-rows.ts'
import { createQuotas, type Quotas } from '../../../limits/quotas/quotas.ts'
import { isWindowName } from '../../../limits/quotas/windows.ts'
import type { Registry } from '../../../models/registry.ts'
import type { Call } from '../../../protocol/call.ts'
import { GatewayError, misconfiguredError } from '../../../protocol/errors.ts'
import type { CallerKey } from '../../../protocol/user.ts'
import { getErrorName, type Log } from '../../../runtime/log.ts'
import { memoizeWeak, once } from '../../../runtime/memoize.ts'
import type { Result } from '../../../runtime/result.ts'
import type { Config } from '../../config/config.ts'
import { toSharedStore } from '../../config/usage-config.ts'
import { createQuotaSource, type QuotaSource } from '../../stores/quota-source.ts'
import { openRowStore } from '../../stores/row-store.ts'
import { estimateCall } from './estimate-call.ts'
import { type AdmitRequest, type CallHold, type HoldCall, settleInTime } from './hold.ts'
import { createQuotaNotice } from './note-unenforced.ts'

/** Returns the quota of a key's own points. It is made once a key, because refusals are cached by it. */
const toKeyQuota = memoizeWeak(({ id, points }: CallerKey): Quota | undefined =>
  points && isWindowName(points.window)
    ? { name: id, unit: 'points', ...points, window: points.window, per: 'key', models: undefined, groups: undefined }
    : undefined,
)

/** Creates the hold of the quotas of a configuration. A problem of their definition is logged at once.
 *  @throws gateway_misconfigured (503) from that function, if the quotas cannot be used; quota_exceeded (429);
 *  usage_unavailable (503), if they cannot be counted, unless `USAGE_FAIL_OPEN` lets the call pass */
export const createHoldQuotas = (config: Config, log: Log, models: Registry): HoldCall => {
  const source = createQuotaSource(config, log)
  const takeShare = createTakeShare(config, log)
  const note = createQuotaNotice({ config, models, log })
  if (!config.quotas?.stored) void noteAtStart(source, models, note)
  return async (request) => {
    const { value: common } = await readQuotas(source, config, { log, id: request.requestId })
    if (!common) throw quotasMisconfiguredError()
    note(common)
    const own = request.user.key && toKeyQuota(request.user.key)
    const quotas = own ? [...common, own] : common
    if (quotas.length === 0) return { call: request.call, hold: undefined }
    const { call, amounts } = measure(quotas, request, config)
    const { user, route, requestId: id } = request
    const asked = { user, model: route.model, id, amounts, maxMs: config.timeouts.total }
    const share = await takeShare(quotas, asked)
    if (share && 'quota' in share) throw toQuotaError(share, Date.now())
    return { call, hold: share && createCallHold(share, id, log) }
  }
}

/** A problem of the quotas is logged at once, and what they cannot enforce when the model map is read. */
const noteAtStart = async ({ current }: QuotaSource, models: Registry, note: (quotas: readonly Quota[]) => void) => {
  const { value = [] } = await current()
  await models.current().catch(() => undefined)
  note(value)
}

interface ReadOptions {
  readonly log: Log
  readonly id: string
}

/** Reads the quotas in use. If the store of their definition fails, there are none for a call that `USAGE_FAIL_OPEN` lets pass. */
const readQuotas = ({ current }: QuotaSource, { usage }: Config, { log, id }: ReadOptions) =>
  current().catch((error: unknown): Result<readonly Quota[]> => {
    log('error', 'quotas_unavailable', { request_id: id, cause: getErrorName(error) })
    if (usage.failOpen) return { value: [] }
    throw uncountedError(error)
  })

/** Takes a call's share. Resolves with undefined if the store fails and `USAGE_FAIL_OPEN` lets the call pass. */
const createTakeShare = (config: Config, log: Log) => {
  const openQuotas = once(async () => createQuotas({ store: await openStore(config) }))
  return async (...given: Parameters<Quotas['take']>) => {
    try {
      return await (await openQuotas()).take(...given)
    } catch (error) {
      log('error', 'quotas_unavailable', { request_id: given[1].id, cause: getErrorName(error) })
      if (config.usage.failOpen) return undefined
      throw uncountedError(error)
    }
  }
}

const openStore = async ({ usage }: Config) => {
  const store = toSharedStore(usage.store)
  if (!store) throw quotasMisconfiguredError()
  return openRowStore(store)
}

interface MeasuredCall {
  readonly call: Call
  readonly amounts: Amounts
}

/** Measures the most that a call may use. Only quotas of tokens or points need an estimate, and a limit on its output. */
const measure = (quotas: readonly Quota[], request: AdmitRequest, { usage: { tariff } }: Config): MeasuredCall => {
  const { call, weight: requests } = request
  if (!tariff.value || quotas.every(({ unit }) => unit === 'requests'))
    return { call, amounts: { requests, tokens: 0, points: 0 } }
  const { bounded, tokens, points } = estimateCall(request, tariff.value)
  return { call: bounded, amounts: { requests, tokens, points } }
}

/** If a call cannot be settled, its estimate stays counted until its window ends. */
const createCallHold = ({ settle }: QuotaShare, id: string, log: Log): CallHold => ({
  settle: async (used) => {
    await settleInTime(settle(used), () => log('warn', 'quota_unsettled', { request_id: id }))
    return undefined
  },
})

const quotasMisconfiguredError = (): GatewayError => misconfiguredError('Quotas are not set up.')

/** No provider was called, so the client may try again. */
const uncountedError = (cause: unknown): GatewayError =>
  new GatewayError(503, 'usage_unavailable', 'The quotas cannot be counted just now. Try again in a few seconds.', {
    cause,
  })
