import { between, pick, randomFrom } from '../rig/random.ts'
import { cloudbaseDatabase, type Fault } from './cloudbase-database.ts'

/** The stand-in as its own process, for runs that kill other processes. It sends its address to the parent. The parent sends the
 *  share of requests with a fault, or the time that each takes, and gets the number of requests so far. */

const faultKinds: readonly (readonly [number, Fault['kind']])[] = [
  [8, 'slow'],
  [3, 'failure'],
  [2, 'not-json'],
  [3, 'drop'],
  [3, 'drop-after'],
  [1, 'no-count'],
  [0.5, 'hang'],
  [0.5, 'hang-after'],
]

const database = await cloudbaseDatabase()
const random = randomFrom(Number(process.argv[2] ?? 1))

const createFault = (kind: Fault['kind']): Fault =>
  kind === 'slow' ? { kind, milliseconds: between(random, 50, 350) } : ({ kind } as Fault)

/** What the parent sends. Without a field, nothing changes. */
export interface DatabaseOrder {
  /** The share of requests with a fault, from 0 to 1. */
  readonly faults?: number
  /** The time that each request takes, in milliseconds. */
  readonly slowMs?: number
}

process.on('message', ({ faults, slowMs }: DatabaseOrder) => {
  if (slowMs !== undefined) database.plan(() => ({ kind: 'slow', milliseconds: slowMs }))
  if (faults !== undefined) database.plan(() => (random() < faults ? createFault(pick(random, faultKinds)) : undefined))
  process.send?.(database.actions.length)
})
process.on('disconnect', () => process.exit())
process.send?.(database.url)
