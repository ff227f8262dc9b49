import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../protocol/errors.ts'
import type { Log } from '../../runtime/log.ts'
import type { Tried } from '../store/record.ts'
import { toTargetFields, type UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import type { InsertRow } from './insert-batches.ts'
import type { OpenRowState } from './settle.ts'
import { retryUntil, transition } from './transition.ts'

/** The row that is written before a reply begins. */
export interface Intent {
  /** Whether it must be written before the provider is called. */
  readonly isFirst: boolean
  /** Resolves when the reply may begin.
   *  @throws usage_unavailable (503) */
  readonly written: Promise<void>
  /** Returns whether the store has the row: `unknown` until the write has ended. */
  readonly getOpenRow: () => OpenRowState
  /** Starts to write the progress of the reply, with the targets that were tried for it. */
  readonly startProgress: (tokens: () => number, tried: Tried) => void
  readonly stopProgress: () => void
  /** Makes the row void. A failure is logged: the flush closes the row later. */
  readonly cancel: (now: number) => Promise<void>
}

/** The options of {@link writeIntent}. */
export interface IntentOptions {
  readonly store: UsageStore
  readonly insertRow: InsertRow
  /** Whether it must be written before the provider is called. */
  readonly isFirst: boolean
  /** Whether a call goes on if the store does not take its intent. */
  readonly failOpen: boolean
  /** The time between two writes of the progress, in milliseconds. */
  readonly progressEveryMs: number
  readonly log: Log
}

/** The intent of a ledger that writes nothing before the end. */
export const noIntent: Intent = {
  isFirst: false,
  written: Promise.resolve(),
  getOpenRow: () => 'absent',
  startProgress: () => undefined,
  stopProgress: () => undefined,
  cancel: () => Promise.resolve(),
}

const cancelBudgetMs = 500

/** The budget of an intent whose provider works already, in milliseconds. It is long: the call is paid for, and its client must not
 *  repeat it. */
const paidBudgetMs = 6_000

/** Starts to write an open row. The intent it returns writes the progress of that row and can cancel it. */
export const writeIntent = (row: UsageRow, options: IntentOptions): Intent => {
  const { store, insertRow, isFirst, failOpen, log, progressEveryMs } = options
  let openRow: OpenRowState = 'unknown'
  let timer: NodeJS.Timeout | undefined
  const insert = () => insertRow(row)
  const written = (isFirst || failOpen ? insert() : retryUntil(paidBudgetMs, insert)).then(
    () => {
      openRow = 'stored'
    },
    (cause: unknown) => handleWriteFailure(row.id, cause, options),
  )
  // If the provider fails first, nothing awaits `written` any more, and its rejection would be unhandled.
  written.catch(() => undefined)
  return {
    isFirst,
    written,
    getOpenRow: () => openRow,
    startProgress: (tokens, tried) => {
      const fields = toTargetFields(tried)
      const write = (count: number) => writeProgress(store, row.id, { ...fields, progress_tokens: count })
      timer = startProgress(progressEveryMs, tokens, write)
    },
    stopProgress: () => clearInterval(timer),
    cancel: async (now) => {
      await written.catch(() => undefined)
      const change = { when: { state: 'open' }, set: { state: 'void', closed_at: now } } as const
      await transition(store, row.id, change, cancelBudgetMs).catch(() =>
        log('warn', 'usage_not_cancelled', { request_id: row.id }),
      )
    },
  }
}

/** If the provider works on the request already, it may bill it, so the error asks clients not to retry: a retry would be billed
 *  again. If not, it names the time to retry. */
const handleWriteFailure = (id: string, cause: unknown, { failOpen, isFirst, log }: IntentOptions): void => {
  if (!failOpen) {
    const headers = isFirst ? { 'retry-after': '2' } : { 'x-should-retry': 'false' }
    const message = 'Usage cannot be recorded at the moment. Try again later.'
    throw new GatewayError(503, 'usage_unavailable', message, { headers, cause })
  }
  log('error', 'usage_intent_skipped', { request_id: id, help: 'USAGE_FAIL_OPEN=true lets the reply through.' })
}

/** The longest time between two checks for new progress, in milliseconds. The first progress is written this soon. */
const maxCheckMs = 1_000

/** Calls `write` with the count when the count is not 0 any more, and then every `everyMs` if it has changed. One call runs at a time.
 *  If a call fails, the next check tries again. The timer does not keep the process alive. */
const startProgress = (
  everyMs: number,
  getCount: () => number,
  write: (count: number) => Promise<boolean>,
): NodeJS.Timeout => {
  const checkMs = Math.min(everyMs, maxCheckMs)
  let written = 0
  let checksToSkip = 0
  let isWriting = false
  const check = async (): Promise<void> => {
    if (isWriting || checksToSkip-- > 0) return
    const count = getCount()
    if (count === written) return
    isWriting = true
    if (await write(count)) {
      written = count
      checksToSkip = Math.ceil(everyMs / checkMs) - 1
    }
    isWriting = false
  }
  return setInterval(() => void check(), checkMs).unref()
}

/** Resolves with whether the store took the progress. Progress that comes after the end finds the row closed and changes nothing. */
const writeProgress = (store: UsageStore, id: string, progress: Partial<UsageRow>): Promise<boolean> =>
  store.change([id], { state: 'open' }, { ...progress, mark: randomUUID() }).then(
    () => true,
    () => false,
  )
