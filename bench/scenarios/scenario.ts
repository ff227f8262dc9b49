import { cpuMs } from '../../testing/stats/process-meter.ts'
import type { Lab, Subject } from '../lab.ts'
import type { LoadOrder, LoadResult } from '../wire/load-order.ts'
import { chatBody, type PromptOptions } from '../wire/prompt.ts'
import { modelFor, type Script } from '../wire/script.ts'

/** One table of the report and its measurement. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly run: (lab: Lab) => Promise<void>
}

type Order = Omit<LoadOrder, 'port' | 'headers'>

/** The number of connections, and the number of requests or the duration. */
export type Amount = Pick<LoadOrder, 'connections' | 'requests' | 'seconds' | 'spreadMs'>

/** Creates an order for chat completions with a script. They are streamed if the script has events.
 *  @param prompt `model` is an entry whose upstream model is that of the script; default: the script's own */
export const completions = (
  script: Script,
  amount: Amount,
  { model = modelFor(script), ...prompt }: Omit<PromptOptions, 'stream'> & { readonly model?: string } = {},
): Order => {
  const streams = script.events > 0
  const body = chatBody(model, { stream: streams, ...prompt })
  return { method: 'POST', path: '/v1/chat/completions', body, streams, ...amount }
}

/** Runs a measurement for each subject in each round. Every second round runs in reverse order, so that other work on the machine
 *  affects all subjects equally. */
export const interleave = async (
  { options: { rounds } }: Pick<Lab, 'options'>,
  subjects: readonly Subject[],
  measure: (subject: Subject, round: number) => Promise<void>,
): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    for (const subject of round % 2 === 0 ? subjects : [...subjects].reverse()) await measure(subject, round)
  }
}

/** Carries out an order and measures the processor time of the subject, in milliseconds. */
export const meterLoad = async (
  lab: Lab,
  subject: Subject,
  order: Order,
): Promise<{ readonly result: LoadResult; readonly cpu: number }> => {
  const before = cpuMs(subject.process.pid)
  const result = await lab.load(subject, order)
  return { result, cpu: cpuMs(subject.process.pid) - before }
}
