import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { gatewayEnvironment } from '../gateway-environment.ts'
import type { Lab } from '../lab.ts'
import { onCore } from '../machine/cores.ts'
import { mapSizes } from '../model-map.ts'
import { relayTargets } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

const connections = 64

const getModelName = (models: number): string => `ours, ${models} models`

/** The same load with a map of ten models and of ten thousand; and what each map costs inside a fresh process: the first load,
 *  later ones, and the way to a route. */
export const modelMap: Scenario = {
  name: 'model-map',
  title: 'A map of ten models and of ten thousand',
  run: async (lab) => {
    const subjects = []
    for (const models of mapSizes) {
      const target = relayTargets(lab.harness, { ...lab.options.parts, models }).ours
      subjects.push(await lab.start(getModelName(models), target))
    }
    for (const subject of subjects)
      await lab.load(subject, completions(scripts.whole, { connections, requests: 3_000 }))
    await interleave(lab, subjects, async (subject, round) => {
      const order = completions(scripts.whole, { connections, seconds: lab.options.seconds })
      const { result, cpu } = await meterLoad(lab, subject, order)
      lab.samples.add('model-map', subject.name, { round, values: { cpu_us: (cpu * 1e3) / result.requests } })
    })
    await lab.stop(subjects)
    for (let round = 0; round < lab.options.rounds; round++) {
      for (const models of mapSizes)
        lab.samples.add('model-map', getModelName(models), { round, values: measureInProcess(lab, models) })
    }
  },
}

/** Runs `processes/map-load.ts` and returns its figures. */
const measureInProcess = ({ harness, options }: Lab, models: number): Record<string, number> => {
  const [command, ...words] = onCore('target', [process.execPath, resolve('dist/bench/map-load.js')])
  const env = { PATH: process.env['PATH'], ...gatewayEnvironment(harness.upstream, { ...options.parts, models }) }
  return JSON.parse(execFileSync(command, words, { env, encoding: 'utf8' })) as Record<string, number>
}
