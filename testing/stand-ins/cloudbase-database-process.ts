import { between, pick, randomFrom } from '../rig/random.ts'
import { cloudbaseDatabase, type Fault } from './cloudbase-database.ts'

/** The stand-in as a process of its own, for runs that kill what is around it. Its parent is told the address, and tells the
 *  share of requests that meet a fault. */

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

process.on('message', (share: number) => {
  database.plan(() => (random() < share ? createFault(pick(random, faultKinds)) : undefined))
  process.send?.('planned')
})
process.on('disconnect', () => process.exit())
process.send?.(database.url)
