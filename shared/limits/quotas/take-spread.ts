import { setTimeout as sleep } from 'node:timers/promises'
import type { RangeStore } from '../../drivers/change-row.ts'
import { createEmptyCounts, type QuotaRefusal, type QuotaState, take } from './count.ts'
import type { RowTaking, TakenRows, TakeRows } from './quota-rows.ts'
import { type Plan, planByRoom, planForRow, readSpread, spreadRows, toSpreadId } from './spread.ts'

/** The counts of a quota's subject, and what a call takes from them. */
export interface Subject extends Omit<RowTaking, 'id'> {
  /** The id of its row; of several rows, their beginning. */
  readonly id: string
  readonly isSpread: boolean
  readonly callId: string
  /** Whether the call may give something back: because it may use less, or because another subject may refuse it. */
  readonly isOpen: boolean
}

/** Takes what a call may use from the rows of one subject, or nothing. */
export type TakeSpread = (subject: Subject) => Promise<TakenRows | readonly QuotaRefusal[]>

/** The options of {@link createTakeSpread}. */
export interface SpreadOptions {
  readonly store: Pick<RangeStore, 'findRange'>
  readonly takeRows: TakeRows
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How long a call looks for room if other calls always take it first, and the longest pause between two looks, in
 *  milliseconds. */
const maxLookMs = 20_000
const maxRacePauseMs = 32

/** Creates the function that takes from the rows of a spread subject. An instance uses one row until that is full. Then it
 *  reads all, and uses one that has room; a call for which none has enough takes parts from several. A subject refuses a
 *  call only if all of its rows together have too little.
 *  @throws from that function, if the store cannot be used, or if other calls always take the room first */
export const createTakeSpread = ({ store, takeRows, now }: SpreadOptions): TakeSpread => {
  const homes = createHomes()
  const looks = createLooks(store)
  const findPlan = async ({ id, uses }: Subject, look: number): Promise<Plan | QuotaRefusal> => {
    const atHome = look === 0 && planForRow(uses, homes.get(id))
    if (atHome) return atHome
    const askedAt = performance.now()
    const shared = await looks.read(id, askedAt - sharedMs)
    const onShared = planByRoom(uses, shared.states, { home: homes.get(id), now: now() })
    // What was read before the call may miss what others have given back since.
    const isOld = 'quota' in onShared && shared.readAt < askedAt
    const { states } = isOld ? await looks.read(id, askedAt) : shared
    const plan = isOld ? planByRoom(uses, states, { home: homes.get(id), now: now() }) : onShared
    if ('quota' in plan) return plan
    const [[row] = []] = plan
    if (row !== undefined) homes.move(id, row)
    // Calls that share a look each plan with what the ones before them leave.
    for (const [planned, own] of plan)
      take(states[planned] ?? createEmptyCounts(), { id: undefined, uses: own, until: 0 }, now())
    return plan
  }
  const lookFor = async (subject: Subject, look: number, endsAt: number): ReturnType<TakeSpread> => {
    const plan = await findPlan(subject, look)
    if ('quota' in plan) return [plan]
    const result = await takeRows(toQuotaRows(subject, plan, look))
    if ('settle' in result) return result
    if (performance.now() > endsAt) throw new Error('The rows are changed too often.')
    if (look > 0) {
      looks.forget(subject.id)
      await sleep(Math.random() * Math.min(2 ** look, maxRacePauseMs))
    }
    return lookFor(subject, look + 1, endsAt)
  }
  return (subject) => lookFor(subject, 0, performance.now() + maxLookMs)
}

/** Returns what a call takes from each row. Each look has an id of its own: a row remembers what it gave back to another. */
const toQuotaRows = ({ id, callId, isOpen, openMs }: Subject, plan: Plan, look: number): Map<string, RowTaking> => {
  const lookId = look === 0 ? callId : `${callId}:${look}`
  const taking = { id: isOpen || plan.size > 1 ? lookId : undefined, openMs }
  return new Map([...plan].map(([row, uses]) => [toSpreadId(id, row), { ...taking, uses }]))
}

/** How long calls share what one of them has read, in milliseconds. */
const sharedMs = 50

/** What the rows of a subject were like. */
interface Look {
  readonly states: readonly QuotaState[]
  /** When the read began, on the clock of `performance.now()`. */
  readonly readAt: number
}

/** The last read of each subject's rows. Calls that look at the same time read once. */
const createLooks = (store: SpreadOptions['store']) => {
  const reads = new Map<string, { readonly look: Promise<Look>; readonly readAt: number }>()
  const readAnew = (subject: string): Promise<Look> => {
    if (reads.size >= maxHomes) reads.clear()
    const readAt = performance.now()
    const look = readSpread(store, subject).then((states) => ({ states, readAt }))
    reads.set(subject, { look, readAt })
    look.catch(() => reads.delete(subject))
    return look
  }
  return {
    /** @param since the earliest time at which the read may have begun */
    read: (subject: string, since: number): Promise<Look> => {
      const last = reads.get(subject)
      return last && last.readAt >= since ? last.look : readAnew(subject)
    },
    forget: (subject: string): void => void reads.delete(subject),
  }
}

/** The row of each subject that an instance uses. Instances begin with different ones. */
const createHomes = () => {
  const homes = new Map<string, number>()
  return {
    get: (subject: string): number => {
      const home = homes.get(subject) ?? Math.floor(Math.random() * spreadRows)
      if (homes.size >= maxHomes) homes.clear()
      homes.set(subject, home)
      return home
    },
    move: (subject: string, row: number): void => void homes.set(subject, row),
  }
}

/** The most subjects whose row an instance remembers. */
const maxHomes = 1_000
