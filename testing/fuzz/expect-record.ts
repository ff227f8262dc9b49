import { equal, ok } from 'node:assert/strict'
import type { Reply } from './exchange.ts'
import type { Lab } from './lab.ts'

/** A usage record that the webhook received. */
interface TakenRecord {
  readonly usage: Readonly<Record<string, unknown>>
  readonly points: unknown
}

/** Returns the record of a reply, which must be exactly one. It is delivered before the end of the reply. */
export const requireRecord = (lab: Lab, { headers }: Reply): TakenRecord => {
  const bodies = lab.records(String(headers['x-request-id']))
  equal(bodies.length, 1, `${bodies.length} records`)
  return JSON.parse(bodies[0] as string) as TakenRecord
}

/** Requires a safe integer of 0 or greater. */
export const requireCount = (value: unknown, name: string): void =>
  ok(Number.isSafeInteger(value) && (value as number) >= 0, `${name} is ${String(value)}`)
