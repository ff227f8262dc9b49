import { runEventFunction, type Variables } from './killable-function.ts'

/** What flushes did, all of them together. */
export interface Flushed {
  readonly orphans: number
  readonly delivered: number
}

/** How far ahead of ours a flush's clock is, in milliseconds: by then every open row is an orphan and every delivery due. */
const aheadMs = 300_000
/** Sets a process's clock ahead: an event's `now` is for deliveries alone. Without spaces, which would end the option. */
const clockAhead = `globalThis.clock=Date.now;Date.now=()=>clock()+${aheadMs}`

/** Runs the flush in several processes at once, after everything has become due. */
export const flushAhead = async (variables: Variables, processes: number): Promise<Flushed> => {
  const ahead = { ...variables, NODE_OPTIONS: `--import=data:text/javascript,${clockAhead}` }
  const run = (): Promise<unknown> => runEventFunction('llm-usage-flush', ahead, {})
  const reports = (await Promise.all(Array.from({ length: processes }, run))) as Flushed[]
  return {
    orphans: reports.reduce((sum, report) => sum + report.orphans, 0),
    delivered: reports.reduce((sum, report) => sum + report.delivered, 0),
  }
}
