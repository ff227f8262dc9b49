import { percentile } from '../../testing/stats/summary.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

const connections = 100
const { steady } = scripts
const order = completions(steady, { connections, requests: connections, spreadMs: steady.everyMs })

const warmUp = completions(scripts.brief, { connections, requests: 2_000 })

/** The processor time and the delay of an event, with a hundred streams at once. */
export const streams: Scenario = {
  name: 'streams',
  title: `${connections} streams at once, ${steady.events} events each, one every ${steady.everyMs} ms`,
  run: async (lab) => {
    const { options, samples } = lab
    const subjects = await lab.startRelays(
      options.peers ? ['direct', 'bare', 'sdk', 'portkey', 'ours'] : ['bare', 'sdk', 'ours'],
    )
    for (const subject of subjects) await lab.load(subject, warmUp)
    await interleave(lab, subjects, async (subject, round) => {
      const { result, cpu } = await meterLoad(lab, subject, order)
      const cpuValues = subject.name === 'direct' ? {} : { event_cpu_us: (cpu * 1e3) / (connections * steady.events) }
      const relay = { relay_p50_ms: percentile(result.relayMs, 0.5), relay_p99_ms: percentile(result.relayMs, 0.99) }
      samples.add('streams', subject.name, { round, values: { ...cpuValues, ...relay } })
    })
    await lab.stop(subjects)
  },
}
