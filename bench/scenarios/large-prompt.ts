import { memoryMb } from '../../testing/stats/process-meter.ts'
import { percentile } from '../../testing/stats/summary.ts'
import type { Lab, Subject } from '../lab.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

const bytes = 5_000_000
const { whole, long } = scripts
const requests = 8

/** The cost of prompts of five megabytes, and the delay of events in other streams at the same time. */
export const largePrompt: Scenario = {
  name: 'large-prompt',
  title: 'Prompts of 5 MB: in English, in Chinese, and beside ten streams of small ones',
  run: async (lab) => {
    const subjects = await lab.startRelays(lab.options.peers ? ['bare', 'sdk', 'portkey', 'ours'] : ['bare', 'ours'])
    for (const subject of subjects)
      await lab.load(subject, completions(whole, { connections: 2, requests: 6 }, { bytes }))
    await interleave(lab, subjects, async (subject, round) => {
      for (const language of ['english', 'chinese'] as const) {
        const order = completions(whole, { connections: 1, requests }, { bytes, language })
        const { cpu } = await meterLoad(lab, subject, order)
        const name = language === 'english' ? subject.name : `${subject.name}, Chinese`
        lab.samples.add('large-prompt', name, { round, values: { cpu_us: (cpu * 1e3) / requests } })
      }
      const gap_p99_ms = await measureGap(lab, subject)
      const values = { gap_p99_ms, peak_mb: memoryMb(subject.process.pid, 'VmHWM') }
      lab.samples.add('large-prompt', subject.name, { round, values })
    })
    await lab.stop(subjects)
  },
}

/** The 99th percentile of the gaps between the events of ten streams while large prompts arrive one after another. */
const measureGap = async (lab: Lab, subject: Subject): Promise<number> => {
  const streams = lab.load(subject, completions(long, { connections: 10, requests: 10, spreadMs: long.everyMs }))
  const prompts = lab.loadBesides(subject, completions(whole, { connections: 1, seconds: 2.5 }, { bytes }))
  const [{ gapMs }] = await Promise.all([streams, prompts])
  return percentile(gapMs, 0.99)
}
