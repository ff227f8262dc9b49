import { collectionUnderTest } from '../../testing/rig/store-under-test.ts'
import type { Lab } from '../lab.ts'
import { onCore } from '../machine/cores.ts'
import { createMemoryGroup, type MemoryGroup } from '../machine/memory-group.ts'
import { smallTarget } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, type Scenario } from './scenario.ts'

/** The platform's smallest setting for functions of this size, in MB. */
const limitMb = 128

const bytes = 5_000_000
const streams = 100
const prompts = 5

/** Whether a function with the platform's 128 MB lives: a hundred streams, and beside them prompts of five megabytes. The kernel kills
 *  it otherwise. Records and wallets are in the document database. */
export const smallMemory: Scenario = {
  name: 'small-memory',
  title:
    'An instance of 128 MB: a hundred streams beside prompts of 5 MB, with records and wallets in the document database',
  run: async (lab) => {
    const collection = await collectionUnderTest(1, (command) => onCore('harness', command))
    try {
      for (let round = 0; round < Math.min(3, lab.options.rounds); round++) {
        const group = createMemoryGroup(limitMb)
        if (group) await measure(lab, { group, variables: collection.variables, round })
      }
    } finally {
      await collection.close()
    }
  },
}

interface SmallRun {
  readonly group: MemoryGroup
  readonly variables: Readonly<Record<string, string>>
  readonly round: number
}

const measure = async (lab: Lab, { group, variables, round }: SmallRun): Promise<void> => {
  const subject = await lab.start('ours', smallTarget(lab.harness, lab.options.parts, { variables, group }))
  const spread = { spreadMs: scripts.steady.everyMs }
  await lab.load(subject, completions(scripts.steady, { connections: streams, requests: streams, ...spread }))
  const [besides, large] = await Promise.all([
    lab.load(subject, completions(scripts.long, { connections: streams, requests: streams, ...spread })),
    lab.loadBesides(subject, completions(scripts.whole, { connections: 1, requests: prompts }, { bytes })),
  ])
  const complete_share = (besides.requests + large.requests) / (streams + prompts)
  lab.samples.add('small-memory', 'ours', {
    round,
    values: { peak_mb: group.peakMb(), kills: group.kills(), complete_share },
  })
  await lab.stop([subject])
  group.remove()
}
