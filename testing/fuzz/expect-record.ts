import { equal, ok } from 'node:assert/strict'
import type { Reply } from './exchange.ts'
import type { Lab } from './lab.ts'

/** A usage record as the webhook took it. */
interface TakenRecord {
  readonly usage: Readonly<Record<string, unknown>>
  readonly points: unknown
}

/** The one record of a reply; it was delivered before the reply's end. */
export const requireRecord = (lab: Lab, { headers }: Reply): TakenRecord => {
  const bodies = lab.records(String(headers['x-request-id']))
  equal(bodies.length, 1, `${bodies.length} records`)
  return JSON.parse(bodies[0] as string) as TakenRecord
}

/** Requires an integer from zero on that a double holds exactly. */
export const requireCount = (value: unknown, name: string): void =>
  ok(Number.isSafeInteger(value) && (value as number) >= 0, `${name} is ${String(value)}`)
