import type { GatewayParts } from '../gateway-environment.ts'
import type { Lab, Subject } from '../lab.ts'
import { builtFunction } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

const connections = 64

/** Lists the compared stores. MySQL requires `MYSQL_DSN`. */
const listStores = (): GatewayParts['usage'][] => [
  'none',
  'file',
  'webhook',
  ...(process.env['MYSQL_DSN'] ? (['mysql'] as const) : []),
]

/** The additional processor time to record the usage of a request, by destination. */
export const usageRecording: Scenario = {
  name: 'usage',
  title: 'Usage recorded for each request, by destination',
  run: async (lab) => {
    const subjects: Subject[] = []
    for (const usage of listStores()) subjects.push(await startWith(lab, usage))
    for (const subject of subjects)
      await lab.load(subject, completions(scripts.whole, { connections, requests: 3_000 }))
    const costs = new Map<string, number>()
    await interleave(lab, subjects, async (subject, round) => {
      const order = completions(scripts.whole, { connections, seconds: lab.options.seconds })
      const { result, cpu } = await meterLoad(lab, subject, order)
      const cpu_us = (cpu * 1e3) / result.requests
      costs.set(`${round} ${subject.name}`, cpu_us)
      lab.samples.add('usage', subject.name, { round, values: { cpu_us } })
    })
    for (const [key, cost] of costs) {
      const [round, name = ''] = key.split(' ')
      const added_cpu_us = cost - (costs.get(`${round} none`) ?? Number.NaN)
      if (name !== 'none') lab.samples.add('usage', name, { round: Number(round), values: { added_cpu_us } })
    }
    await lab.stop(subjects)
  },
}

const startWith = (lab: Lab, usage: GatewayParts['usage']): Promise<Subject> =>
  lab.start(usage, builtFunction('llm-chat-completions', lab.harness, { ...lab.options.parts, usage }))
