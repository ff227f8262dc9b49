import { cpuMs } from '../../testing/stats/process-meter.ts'
import type { Lab, Subject } from '../lab.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

const connections = 64
const warmUp = completions(scripts.whole, { connections, requests: 2_000 })

/** Whole completions as fast as possible over 64 connections, with each target on one core. `direct` has no gateway and shows the
 *  limit of the harness. */
export const throughput: Scenario = {
  name: 'throughput',
  title: `Whole answers of 800 bytes over ${connections} connections, one core`,
  run: async (lab) => {
    const { options, samples } = lab
    const subjects = await lab.startRelays(
      options.peers ? ['direct', 'bare', 'sdk', 'portkey', 'ours'] : ['bare', 'sdk', 'ours'],
    )
    for (const subject of subjects) await lab.load(subject, warmUp)
    await interleave(lab, subjects, async (subject, round) => {
      const harnessBefore = harnessCpu(lab)
      const { result, cpu } = await meterLoad(
        lab,
        subject,
        completions(scripts.whole, { connections, seconds: options.seconds }),
      )
      const harness_share = (harnessCpu(lab) - harnessBefore) / (result.seconds * 1e3)
      const rps = result.requests / result.seconds
      const values = { rps, harness_share, ...(!isDirect(subject) && { cpu_us: (cpu * 1e3) / result.requests }) }
      samples.add('throughput', subject.name, { round, values })
    })
    await lab.stop(subjects)
  },
}

const isDirect = ({ name }: Subject): boolean => name === 'direct'

const harnessCpu = ({ harnessPids }: Lab): number => harnessPids.reduce((sum, pid) => sum + cpuMs(pid), 0)
