import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../protocol/errors.ts'
import type { Log } from '../../runtime/log.ts'
import type { UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import type { EndedResponse } from './settle.ts'
import { retryUntil, transition, writingBudgetMs } from './transition.ts'

/** The row that is written before an answer begins. */
export interface Intent {
  /** Resolves when the answer may begin.
   *  @throws usage_unavailable (503) */
  readonly written: Promise<void>
  /** Whether the row is in the store: `perhaps` until it is known. */
  readonly opened: () => EndedResponse['opened']
  /** Begins to write the progress of the answer. */
  readonly startProgress: (tokens: () => number) => void
  readonly stopProgress: () => void
  /** Marks the row as void. A failure is logged: the flush will find the row. */
  readonly cancel: (now: number) => Promise<void>
}

export interface IntentOptions {
  readonly failOpen: boolean
  readonly progressEveryMs: number
  readonly log: Log
}

/** Where nothing is written before the end. */
export const noIntent: Intent = {
  written: Promise.resolve(),
  opened: () => 'no',
  startProgress: () => undefined,
  stopProgress: () => undefined,
  cancel: () => Promise.resolve(),
}

const cancelBudgetMs = 500

/** Writes a row's intent at once, and what follows from it later. */
export const writeIntent = (store: UsageStore, row: UsageRow, options: IntentOptions): Intent => {
  const { log, progressEveryMs } = options
  let opened: EndedResponse['opened'] = 'perhaps'
  let timer: NodeJS.Timeout | undefined
  const written = retryUntil(writingBudgetMs, () => store.insert(row)).then(
    () => {
      opened = 'yes'
    },
    (cause: unknown) => handleOpenFailure(row.id, cause, options),
  )
  // Whoever awaits `written` gets its failure; where nobody does any more, because the provider failed first, nobody needs it.
  written.catch(() => undefined)
  return {
    written,
    opened: () => opened,
    startProgress: (tokens) => {
      timer = startProgress(progressEveryMs, tokens, (count) => writeProgress(store, row.id, count))
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

/** The provider is being called already, and may cost something: a client's own retries would make it cost that again. */
const handleOpenFailure = (id: string, cause: unknown, { failOpen, log }: IntentOptions): void => {
  if (!failOpen) {
    throw new GatewayError(503, 'usage_unavailable', 'Usage cannot be recorded at the moment. Try again later.', {
      headers: { 'x-should-retry': 'false' },
      cause,
    })
  }
  log('error', 'usage_intent_skipped', { request_id: id, help: 'USAGE_FAIL_OPEN=true lets the answer through.' })
}

/** How often a progress that may be due is looked for, in milliseconds: the first text is written so soon. */
const checkIntervalMs = 1_000

/** Calls `write` with the count once there is one, and from then on every so often when it has changed; one call at a time, and
 *  again at the next look where it failed. The timer alone keeps no process alive. */
const startProgress = (
  everyMs: number,
  count: () => number,
  write: (count: number) => Promise<boolean>,
): NodeJS.Timeout => {
  const lookMs = Math.min(everyMs, checkIntervalMs)
  let written = 0
  let looksToSkip = 0
  let writing = false
  const look = async (): Promise<void> => {
    if (writing || looksToSkip-- > 0) return
    const current = count()
    if (current === written) return
    writing = true
    if (await write(current)) {
      written = current
      looksToSkip = Math.ceil(everyMs / lookMs) - 1
    }
    writing = false
  }
  return setInterval(() => void look(), lookMs).unref()
}

/** Tells whether it worked; a progress that comes late finds the row closed and changes nothing. */
const writeProgress = (store: UsageStore, id: string, tokens: number): Promise<boolean> =>
  store.change(id, { state: 'open' }, { progress_tokens: tokens, mark: randomUUID() }).then(
    () => true,
    () => false,
  )
