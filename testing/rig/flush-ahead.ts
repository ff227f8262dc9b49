import { runEventFunction, type Variables } from './killable-function.ts'

/** What all flushes did together. */
export interface Flushed {
  readonly orphans: number
  readonly delivered: number
}

/** How far the clock of a flush is ahead of ours, in milliseconds. At that time every open row is an orphan and every delivery
 *  is due. */
const aheadMs = 300_000
/** Sets the clock of a process ahead, because `now` of the event counts for deliveries only. It has no spaces: a space would
 *  end the option of Node. */
const clockAhead = `globalThis.clock=Date.now;Date.now=()=>clock()+${aheadMs}`

/** Runs the flush in several processes at once, at a time when everything is due. */
export const flushAhead = async (variables: Variables, processes: number): Promise<Flushed> => {
  const options = `${variables['NODE_OPTIONS'] ?? ''} --import=data:text/javascript,${clockAhead}`
  const ahead = { ...variables, NODE_OPTIONS: options }
  const run = (): Promise<unknown> => runEventFunction('llm-usage-flush', ahead, {})
  const reports = (await Promise.all(Array.from({ length: processes }, run))) as Flushed[]
  return {
    orphans: reports.reduce((sum, report) => sum + report.orphans, 0),
    delivered: reports.reduce((sum, report) => sum + report.delivered, 0),
  }
}
