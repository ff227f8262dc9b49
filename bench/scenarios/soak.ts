import { memoryMb } from '../../testing/stats/process-meter.ts'
import { relayTargets } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, type Scenario } from './scenario.ts'

const connections = 64

/** Whether the memory of an instance is stable over many requests, and whether it reuses its connections to the provider. */
export const soak: Scenario = {
  name: 'soak',
  title: 'One instance over its life',
  run: async (lab) => {
    const { soakRequests } = lab.options
    const subject = await lab.start('ours', relayTargets(lab.harness, lab.options.parts).ours)
    const { pid } = subject.process
    const before = await lab.upstreamCounts()
    const early = soakRequests / 10
    await lab.load(subject, completions(scripts.whole, { connections, requests: early }))
    const start = memoryMb(pid, 'VmRSS')
    await lab.load(subject, completions(scripts.whole, { connections, requests: soakRequests - early }))
    const end = memoryMb(pid, 'VmRSS')
    const after = await lab.upstreamCounts()
    const reused_share = 1 - (after.connections - before.connections) / (after.completions - before.completions)
    lab.samples.add('soak', 'ours', { round: 0, values: { rss_mb: end, growth: end / start, reused_share } })
    await lab.stop([subject])
  },
}
