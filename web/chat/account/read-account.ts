import type { DayRange } from '../../parts/chart/days.ts'
import type { DayValue } from '../../parts/chart/stack-days.ts'
import { type Gateway, readGateway, toObjects } from '../../parts/gateway/gateway.ts'

/** Points that the user was given. */
export interface Grant {
  readonly id: string
  readonly left: number
  /** Unix time in seconds; null: never. */
  readonly expiresAt: number | null
}

/** The user's points. */
export interface Wallet {
  /** What a call can use now. */
  readonly available: number
  /** What running calls hold. */
  readonly reserved: number
  readonly grants: readonly Grant[]
}

/** The user's usage of some days. */
export interface Usage {
  readonly points: readonly DayValue[]
  readonly tokens: readonly DayValue[]
  readonly totalPoints: number
  readonly totalTokens: number
  readonly totalRequests: number
}

/** Reads the user's wallet (`GET /v1/wallet`).
 *  @throws CallFailure */
export const readWallet = async (gateway: Gateway): Promise<Wallet> => {
  const body = await readGateway(gateway, 'v1/wallet?limit=1')
  return {
    available: toNumber(body['available']),
    reserved: toNumber(body['reserved']),
    grants: toObjects(body['grants']).map(({ id, left, expires_at: time }) => ({
      id: String(id),
      left: toNumber(left),
      expiresAt: typeof time === 'number' ? time : null,
    })),
  }
}

/** Reads the user's usage of some days (`GET /v1/usage`).
 *  @throws CallFailure */
export const readUsage = async (gateway: Gateway, { from, to }: DayRange): Promise<Usage> => {
  const body = await readGateway(gateway, `v1/usage?from=${from}&to=${to}&limit=1`)
  const totals = toObjects(body['totals'])
  const pick = (field: string): DayValue[] =>
    totals.map((row) => ({ day: String(row['day']), model: String(row['model']), value: toNumber(row[field]) }))
  const sum = (field: string): number => totals.reduce((total, row) => total + toNumber(row[field]), 0)
  return {
    points: pick('points'),
    tokens: pick('total_tokens'),
    totalPoints: sum('points'),
    totalTokens: sum('total_tokens'),
    totalRequests: sum('requests'),
  }
}

const toNumber = (value: unknown): number => (typeof value === 'number' ? value : 0)
