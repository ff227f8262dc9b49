import { type CollectionUnderTest, collectionUnderTest } from '../../testing/rig/store-under-test.ts'
import { median } from '../../testing/stats/summary.ts'
import type { Lab, Subject } from '../lab.ts'
import { onCore } from '../machine/cores.ts'
import { builtFunction, withCollection } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

/** The time that the store takes for each call, in milliseconds. */
const storeMs = 5

const requests = 200
const order = completions(scripts.whole, { connections: 1, requests })
const warmUp = completions(scripts.whole, { connections: 1, requests: 50 })

const records = { USAGE_STORE: 'collection' }
const wallet = { ...records, WALLET: 'on', DAILY_POINTS: '1000000000' }

/** Two quotas of each user, and one of all calls: two rows. */
const quotas = [
  { name: 'day', unit: 'requests', window: 'day', per: 'user', limit: 1_000_000 },
  { name: 'hours', unit: 'tokens', window: '5h', per: 'user', limit: 1_000_000_000_000 },
  { name: 'month', unit: 'points', window: 'month', per: 'environment', limit: 1_000_000_000_000 },
]

/** What is on, by the name of the subject. */
const steps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  unrecorded: { USAGE_STORE: 'none' },
  records,
  wallet,
  quotas: { ...wallet, QUOTAS: JSON.stringify(quotas) },
}

/** What records, wallets and quotas add to a call: calls of the store, counted, and the time and processor time. One call at a time. */
export const walletCost: Scenario = {
  name: 'wallet',
  title: `One chat at a time, with a document database that takes ${storeMs} ms for each call`,
  run: async (lab) => {
    const collection = await collectionUnderTest(1, (command) => onCore('harness', command))
    try {
      await collection.slowDown(storeMs)
      await measureSteps(lab, collection)
    } finally {
      await collection.close()
    }
  },
}

const measureSteps = async (lab: Lab, { variables, countCalls }: CollectionUnderTest): Promise<void> => {
  const subjects: Subject[] = []
  for (const [name, environment] of Object.entries(steps)) {
    const target = withCollection(variables, builtFunction('llm-chat-completions', lab.harness, lab.options.parts))
    const command = { ...target.command, environment: { ...target.command.environment, ...environment } }
    subjects.push(await lab.start(name, { ...target, command }))
  }
  for (const subject of subjects) await lab.load(subject, warmUp)
  await interleave(lab, subjects, async (subject, round) => {
    const before = await countCalls()
    const { result, cpu } = await meterLoad(lab, subject, order)
    const store_calls = ((await countCalls()) - before) / result.requests
    const values = { store_calls, wall_ms: median(result.firstByteMs), cpu_us: (cpu * 1e3) / result.requests }
    lab.samples.add('wallet', subject.name, { round, values })
  })
  await lab.stop(subjects)
}
