import type { LimitRequest } from '../../limits/limiter.ts'
import { type Call, readCount, tokenFields } from '../../protocol/call.ts'
import { countChoices } from '../../protocol/call-caps.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { Route, Target } from '../../protocol/route.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { Log } from '../../runtime/log.ts'
import { withTimeout } from '../../runtime/timeout.ts'
import { isFree } from '../../usage/cost/is-free.ts'
import { priceUsage, type Tariff } from '../../usage/cost/pricing.ts'
import { countAttachments, estimateDefaultTokens, estimateSentTokens } from '../../usage/cost/prompt-tokens.ts'
import type { PointsHold, Receipt } from '../../wallet/wallets.ts'
import type { Config } from '../config/config.ts'
import { openWallets } from '../stores/open-wallets.ts'

/** The points that are held for a call. */
export interface CallHold {
  /** The most that the call may cost. */
  readonly points: number
  /** Charges what the call has cost and gives back the rest. Never rejects: what it cannot settle, the flush settles by
   *  the call's record. Resolves with undefined then. */
  readonly settle: (points: number) => Promise<Receipt | undefined>
}

/** A call that asks to be admitted. */
export interface AdmitRequest extends LimitRequest {
  readonly call: Call
  readonly route: Route
}

/** A call that its user can pay. */
export interface PayableCall {
  /** The call, with a limit on its tokens if points are held for it. */
  readonly call: Call
  /** The points that are held for it. Undefined: it costs its user none. */
  readonly hold: CallHold | undefined
}

/** Holds the most points that a call may cost its user. */
export type HoldPoints = (request: AdmitRequest) => Promise<PayableCall>

/** Creates the hold of a configuration. The administrator and calls without authentication have no wallet. A model that
 *  costs nothing needs none.
 *  @throws gateway_misconfigured (503) from that function, if the wallets or the prices cannot be read */
export const createHoldPoints = (config: Config, log: Log): HoldPoints => {
  const wallets = openWallets(config)
  const { value: tariff } = config.usage.tariff
  // With the intent, a record is durable before the first byte of the reply. Without it, a function that dies leaves none.
  const mayLackRecord = config.usage.durability === 'final' || config.usage.failOpen
  return async ({ user: { id: user, kind }, call, route, requestId, weight }) => {
    if (user === null || kind === 'admin' || !tariff) return { call, hold: undefined }
    if (isFree(route.prices, tariff)) return { call, hold: undefined }
    const { bounded, maxTokens } = boundTokens(call, route)
    const choices = Math.max(weight, ...route.targets.map((target) => countSentChoices(call, target)))
    const promptTokens = estimateTargetTokens(call, route)
    const countPoints = (prompt: number, output: number): number => priceTokens(prompt, output, { route, tariff })
    const points = countPoints(getMaxPromptTokens(promptTokens, call), maxTokens * choices)
    const unrecorded = mayLackRecord ? countPoints(promptTokens, 0) : undefined
    const { reserve } = await wallets()
    const priced = { user, id: requestId, points, maxMs: config.timeouts.total, unrecorded }
    const held = await reserve(priced).catch((cause) => {
      throw walletUnavailableError(cause)
    })
    if ('available' in held) throw insufficientError(points, held.available, call)
    return { call: bounded, hold: { points, settle: createSettle(held, requestId, log) } }
  }
}

/** The limit on output tokens of a call that has none, and whose entry has none. */
const defaultMaxTokens = 4_096

/** Finds the most output tokens that any target of a route makes for one choice. If a target would get no limit, the call
 *  gets one, under a name that no target drops: the client's own, which may have another name, or the default. A call
 *  that makes vectors or scores has no output tokens.
 *  @throws invalid_value (400, with `param`) */
const boundTokens = (call: Call, { targets }: Route): { readonly bounded: Call; readonly maxTokens: number } => {
  if (call.estimatePrompt) return { bounded: call, maxTokens: 0 }
  const limits = targets.map((target) => getLimit(call, target))
  const known = limits.filter((limit) => limit !== undefined)
  if (known.length === limits.length) return { bounded: call, maxTokens: Math.max(...known) }
  const isSent = (field: string): boolean => targets.every(({ dropParams }) => !dropParams.includes(field))
  const limit = readLimit(call.body) ?? defaultMaxTokens
  const { max_tokens: _, max_completion_tokens: __, ...rest } = call.body
  const body = { ...rest, [tokenFields.find(isSent) ?? 'max_tokens']: limit }
  return { bounded: { ...call, body }, maxTokens: Math.max(limit, ...known) }
}

/** Returns the limit on output tokens that a target gets; undefined if it gets none. */
const getLimit = ({ body }: Call, { maxTokens, defaultParams, dropParams }: Target): number | undefined => {
  const asked = readLimit({ ...defaultParams, ...body }, dropParams)
  return maxTokens === undefined ? asked : Math.min(asked ?? maxTokens, maxTokens)
}

/** Reads the larger limit on output tokens of a body, without the fields that are dropped. */
const readLimit = (body: JsonObject, dropParams: readonly string[] = []): number | undefined => {
  const given = tokenFields.flatMap((field) => (dropParams.includes(field) ? [] : (readCount(body, field) ?? [])))
  return given.length > 0 ? Math.max(...given) : undefined
}

/** Counts the choices that a target makes: its default parameters can ask for several. */
const countSentChoices = ({ operation, body }: Call, { defaultParams }: Target): number =>
  countChoices({ operation, body: { ...defaultParams, ...body } }, noCaps)

const noCaps = { maxChoices: Number.MAX_SAFE_INTEGER, maxPrompts: Number.MAX_SAFE_INTEGER }

/** Room for what the estimate of a prompt may miss: it errs by a fifth at most on the texts that it was measured on
 *  (docs/decisions/0033-token-estimate.md). */
const promptMargin = 1.25

/** Tokens that are held for a picture, film, file or recording beyond its estimate: 2,500 in all. */
const heldBeyondAttachment = 1_250

const getMaxPromptTokens = (estimate: number, { body }: Call): number =>
  Math.ceil(estimate * promptMargin) + countAttachments(body) * heldBeyondAttachment

/** Estimates the prompt tokens that a target gets: the call's own, and those of its default parameters; the most of any target. */
const estimateTargetTokens = (call: Call, { targets }: Route): number =>
  estimateSentTokens(call) +
  Math.max(...targets.map(({ defaultParams }) => estimateDefaultTokens(call.body, defaultParams)))

interface PriceOptions {
  readonly route: Route
  readonly tariff: Tariff
}

const priceTokens = (prompt: number, output: number, { route, tariff }: PriceOptions): number => {
  const usage = { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output }
  return priceUsage(usage, route.prices, tariff).points
}

/** The longest time that the end of a reply waits for its wallet, in milliseconds. */
const maxHoldSettleMs = 3_000

const createSettle =
  ({ settle }: PointsHold, id: string, log: Log): CallHold['settle'] =>
  (points) =>
    withTimeout(maxHoldSettleMs, settle(points)).catch(() => {
      log('warn', 'wallet_unsettled', { request_id: id, points })
      return undefined
    })

const insufficientError = (points: number, available: number, { estimatePrompt }: Call): GatewayError => {
  const advice = estimatePrompt
    ? 'Add points, or send less text.'
    : "Add points, shorten the prompt, or lower 'max_tokens'."
  const message = `This call may cost up to ${points} points, and ${available} are available. ${advice}`
  return new GatewayError(402, 'insufficient_quota', message)
}

/** No provider was called, so the client may try again. */
const walletUnavailableError = (cause: unknown): GatewayError =>
  new GatewayError(503, 'usage_unavailable', 'Wallets cannot be reached at the moment. Try again later.', {
    headers: { 'retry-after': '1' },
    cause,
  })
