import { scripts } from '../wire/script.ts'
import { completions, meterLoad, type Scenario } from './scenario.ts'

const requests = 50
const oneByOne = { connections: 1 } as const

/** The requests after a cold start, one after another, before the engine has optimized the code. An instance of a function may never
 *  get more. */
export const firstRequests: Scenario = {
  name: 'first-requests',
  title: `The ${requests} requests after an instance's first, one at a time`,
  run: async (lab) => {
    const { options, samples } = lab
    for (let round = 0; round < options.rounds; round++) {
      for (const subject of await lab.startRelays(['bare', 'sdk', 'portkey', 'ours'])) {
        await lab.load(subject, completions(scripts.whole, { ...oneByOne, requests: 1 }))
        const { cpu } = await meterLoad(lab, subject, completions(scripts.whole, { ...oneByOne, requests }))
        samples.add('first-requests', subject.name, { round, values: { cpu_us: (cpu * 1e3) / requests } })
        await lab.stop([subject])
      }
    }
  },
}
