import type { Lab } from '../lab.ts'
import { cpuMs } from '../machine/process-meter.ts'
import { mapSizes } from '../model-map.ts'
import { builtFunction, relayTargets } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleaved, metered, type Scenario } from './scenario.ts'

const connections = 64

/** The same load with a map of ten models and of ten thousand, and what it takes to load the map. */
export const modelMap: Scenario = {
  name: 'model-map',
  title: 'A map of ten models and of ten thousand',
  run: async (lab) => {
    const subjects = []
    for (const models of mapSizes) {
      const target = relayTargets(lab.harness, { ...lab.options.parts, models }).ours
      subjects.push(await lab.start(`ours, ${models} models`, target))
    }
    for (const subject of subjects)
      await lab.load(subject, completions(scripts.whole, { connections, requests: 3_000 }))
    await interleaved(lab, subjects, async (subject, round) => {
      const order = completions(scripts.whole, { connections, seconds: lab.options.seconds })
      const { result, cpu } = await metered(lab, subject, order)
      lab.samples.add('model-map', subject.name, { round, values: { cpu_us: (cpu * 1e3) / result.requests } })
    })
    await lab.stop(subjects)
    for (let round = 0; round < lab.options.rounds; round++) {
      const load_ms = (await firstListCpu(lab, 10_000)) - (await firstListCpu(lab, 10))
      lab.samples.add('model-map', 'ours, 10000 models', { round, values: { load_ms } })
    }
  },
}

/** Processor time of a fresh instance's first `GET /v1/models`, which loads the map and serialises the list. */
const firstListCpu = async (lab: Lab, models: number): Promise<number> => {
  const target = builtFunction('llm-models', lab.harness, { ...lab.options.parts, models })
  const subject = await lab.start('models', target)
  const before = cpuMs(subject.process.pid)
  await lab.load(subject, { method: 'GET', path: '/v1/models', body: '', connections: 1, requests: 1 })
  const spent = cpuMs(subject.process.pid) - before
  await lab.stop([subject])
  return spent
}
