import { median } from '../../testing/stats/summary.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, type Scenario } from './scenario.ts'

const order = completions(scripts.brief, { connections: 1, requests: 60 })
const warmUp = completions(scripts.brief, { connections: 16, requests: 1_000 })

/** The delay of the first event compared with no gateway, one stream at a time. */
export const firstEvent: Scenario = {
  name: 'first-event',
  title: 'Time to the first event, one stream at a time',
  run: async (lab) => {
    const subjects = await lab.startRelays(['direct', 'bare', 'sdk', 'portkey', 'ours'])
    for (const subject of subjects) await lab.load(subject, warmUp)
    const times = new Map<string, number>()
    await interleave(lab, subjects, async (subject, round) => {
      const { firstByteMs } = await lab.load(subject, order)
      const ttft_ms = median(firstByteMs)
      times.set(`${round} ${subject.name}`, ttft_ms)
      lab.samples.add('first-event', subject.name, { round, values: { ttft_ms } })
    })
    for (const [key, time] of times) {
      const [round, name = ''] = key.split(' ')
      const added_ttft_ms = time - (times.get(`${round} direct`) ?? Number.NaN)
      if (name !== 'direct') lab.samples.add('first-event', name, { round: Number(round), values: { added_ttft_ms } })
    }
    await lab.stop(subjects)
  },
}
