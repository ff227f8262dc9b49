import { Cron } from 'croner'

/** The event that a timer trigger sends. Source: Tencent Cloud SCF docs, "定时触发器说明". */
export interface TimerEvent {
  readonly Type: 'Timer'
  readonly TriggerName: string
  /** ISO 8601 in UTC, whole seconds. */
  readonly Time: string
  readonly Message: string
}

/** What {@link startTimer} needs. `cron` has CloudBase's 7 fields: seconds first, year last. */
export interface TimerOptions {
  readonly name: string
  readonly cron: string
  readonly run: (event: TimerEvent) => Promise<unknown>
  /** Gets the error of a run that failed while the timer was on. */
  readonly failed: (error: unknown) => void
}

/** Runs `run` by the clock until `stop`. A run that is still going when the next is due makes that one fall out. */
export const startTimer = ({ name, cron, run, failed }: TimerOptions): { readonly stop: () => void } => {
  const report = (error: unknown, job: Cron): void => {
    if (!job.isStopped()) failed(error)
  }
  const job = new Cron(cron, { mode: '7-part', protect: true, catch: report }, async () => {
    await run({ Type: 'Timer', TriggerName: name, Time: `${new Date().toISOString().slice(0, 19)}Z`, Message: '' })
  })
  return { stop: () => job.stop() }
}
