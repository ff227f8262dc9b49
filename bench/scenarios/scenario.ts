import { cpuMs } from '../../testing/stats/process-meter.ts'
import type { Lab, Subject } from '../lab.ts'
import type { LoadOrder, LoadResult } from '../wire/load-order.ts'
import { chatBody, type Language } from '../wire/prompt.ts'
import { modelFor, type Script } from '../wire/script.ts'

/** One table of the report: what is compared, and how it is measured. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly run: (lab: Lab) => Promise<void>
}

type Order = Omit<LoadOrder, 'port' | 'headers'>

/** How many requests at once, and how many in all or for how long. */
export type Amount = Pick<LoadOrder, 'connections' | 'requests' | 'seconds' | 'spreadMs'>

/** Chat completions with a script, streamed where the script has events. */
export const completions = (
  script: Script,
  amount: Amount,
  prompt: { readonly bytes?: number; readonly language?: Language } = {},
): Order => {
  const streams = script.events > 0
  const body = chatBody(modelFor(script), { stream: streams, ...prompt })
  return { method: 'POST', path: '/v1/chat/completions', body, streams, ...amount }
}

/** Runs a measurement for each subject in each round, the order reversed every other round, so that whatever else the machine
 *  does falls on all alike. */
export const interleave = async (
  { options: { rounds } }: Pick<Lab, 'options'>,
  subjects: readonly Subject[],
  measure: (subject: Subject, round: number) => Promise<void>,
): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    for (const subject of round % 2 === 0 ? subjects : [...subjects].reverse()) await measure(subject, round)
  }
}

/** A load and the processor time that the subject spent on it, in milliseconds. */
export const meterLoad = async (
  lab: Lab,
  subject: Subject,
  order: Order,
): Promise<{ readonly result: LoadResult; readonly cpu: number }> => {
  const before = cpuMs(subject.process.pid)
  const result = await lab.load(subject, order)
  return { result, cpu: cpuMs(subject.process.pid) - before }
}
