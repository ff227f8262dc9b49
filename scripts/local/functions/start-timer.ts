import { Cron } from 'croner'

/** The event that a timer trigger sends. Source: Tencent Cloud SCF docs, "定时触发器说明". */
export interface TimerEvent {
  readonly Type: 'Timer'
  readonly TriggerName: string
  /** ISO 8601 in UTC, whole seconds. */
  readonly Time: string
  readonly Message: string
}

/** The options of {@link startTimer}. `cron` has CloudBase's 7 fields: seconds first, year last. */
export interface TimerOptions {
  readonly name: string
  readonly cron: string
  readonly run: (event: TimerEvent) => Promise<unknown>
  /** Receives the error of a run that failed while the timer was on. */
  readonly failed: (error: unknown) => void
}

/** Calls `run` on schedule until `stop`. Skips a run if the previous one has not ended. */
export const startTimer = ({ name, cron, run, failed }: TimerOptions): { readonly stop: () => void } => {
  const report = (error: unknown, job: Cron): void => {
    if (!job.isStopped()) failed(error)
  }
  const job = new Cron(cron, { mode: '7-part', protect: true, catch: report }, async () => {
    await run({ Type: 'Timer', TriggerName: name, Time: `${new Date().toISOString().slice(0, 19)}Z`, Message: '' })
  })
  return { stop: () => job.stop() }
}
