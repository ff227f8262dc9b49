import { between, pick, randomFrom } from '../rig/random.ts'
import { cloudbaseDatabase, type Fault } from './cloudbase-database.ts'

/** The stand-in as its own process, for runs that kill other processes. It sends its address to the parent, and the parent sends
 *  the share of requests with a fault. */

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
