import { scripts } from '../wire/script.ts'
import { completions, interleave, type Scenario } from './scenario.ts'

const { slow } = scripts
const order = completions(slow, { connections: 4, requests: 4 })

/** Whether each event of a slow stream is forwarded at once and in one piece. */
export const eventIntegrity: Scenario = {
  name: 'event-integrity',
  title: `Events ${slow.everyMs} ms apart: forwarded at once, in one piece`,
  run: async (lab) => {
    const subjects = await lab.startRelays(['bare', 'portkey', 'ours'])
    await interleave(lab, subjects, async (subject, round) => {
      const { held, split } = await lab.load(subject, order)
      const values = { held_events: held, split_events: split }
      lab.samples.add('event-integrity', subject.name, { round, values })
    })
    await lab.stop(subjects)
  },
}
