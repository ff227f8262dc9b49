import { memoryMb } from '../../testing/stats/process-meter.ts'
import type { Lab } from '../lab.ts'
import { relayTargets, type Target } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, type Scenario } from './scenario.ts'

const spread = { spreadMs: scripts.steady.everyMs }

/** The peak memory of new instances: with a hundred streams, and with four hundred and a limit of 1,024 open files. */
export const memory: Scenario = {
  name: 'memory',
  title: 'Streams of a fresh instance',
  run: async (lab) => {
    const { bare, ours } = relayTargets(lab.harness, lab.options.parts)
    for (let round = 0; round < Math.min(3, lab.options.rounds); round++) {
      await peak(lab, { name: 'bare', target: bare, streams: 100, round })
      await peak(lab, { name: 'ours', target: ours, streams: 100, round })
      await peak(lab, { name: 'bare, 400 streams', target: limited(bare), streams: 400, round })
      await peak(lab, { name: 'ours, 400 streams', target: limited(ours), streams: 400, round })
    }
  },
}

/** Sets the platform's limit of open files and sockets for one instance. */
const limited = (target: Target): Target => ({ ...target, command: { ...target.command, openFiles: 1_024 } })

interface Peak {
  readonly name: string
  readonly target: Target
  readonly streams: number
  readonly round: number
}

const peak = async (lab: Lab, { name, target, streams, round }: Peak): Promise<void> => {
  const subject = await lab.start(name, target)
  const amount = { connections: streams, requests: streams, ...spread }
  const { requests } = await lab.load(subject, completions(scripts.steady, amount))
  const values = { peak_mb: memoryMb(subject.process.pid, 'VmHWM'), complete_share: requests / streams }
  lab.samples.add('memory', name, { round, values })
  await lab.stop([subject])
}
