import type { Subject } from '../lab.ts'
import { builtFunction } from '../targets.ts'
import { modelFor, scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

/** The fewest rounds: two measurements differ by more than several targets add. */
const minRounds = 21

/** A round alternates between the entries so often, because what else the machine does changes within a second. */
const passes = 5

const warmUps = 4

const amount = { connections: 10, requests: 100 } as const

/** The replies that are measured, and the numbers of targets; 0: an entry without `targets`. */
const replies = { whole: scripts.whole, streams: scripts.brief } as const
const counts = { 'no targets': 0, 'one target': 1, 'ten targets': 10 } as const

/** One entry of the map and its reply. Its name is that of the model. */
interface Case {
  readonly name: string
  readonly reply: keyof typeof replies
  readonly count: number
}

const cases = Object.keys(replies).flatMap((reply) =>
  Object.entries(counts).map(([title, count]) => ({ name: `${title}, ${reply}`, reply, count }) as Case),
)

/** What the targets of an entry add to a healthy request. One process serves all entries, because two processes of the same code
 *  differ by more than that. Each round is another conversation, which prefers another target. */
export const severalTargets: Scenario = {
  name: 'targets',
  title: `The same model without targets, with one and with ten: whole answers, and streams of ${scripts.brief.events} events`,
  run: async (lab) => {
    const { harness, samples, options } = lab
    const { command, headers } = builtFunction('llm-chat-completions', harness, options.parts)
    const map = { MODEL_PROVIDER_MAP: JSON.stringify(createMap(harness.upstream)), MODEL_PROVIDER_MAP_FILE: '' }
    const gateway = await lab.start('ours', {
      command: { ...command, environment: { ...command.environment, ...map } },
      headers,
    })
    const subjects = cases.map(({ name }) => ({ ...gateway, name }))
    const rounds = Math.max(options.rounds, minRounds)
    for (let round = -warmUps; round < rounds; round++) {
      const totals = new Map<string, number>()
      await interleave({ options: { ...options, rounds: passes } }, subjects, async (subject) => {
        const { cpu } = await meterLoad(lab, subject, createOrder(subject, round))
        totals.set(subject.name, (totals.get(subject.name) ?? 0) + cpu)
      })
      for (const [name, cpu] of totals) {
        const cpu_us = (cpu * 1e3) / (passes * amount.requests)
        if (round >= 0) samples.add('targets', name, { round, values: { cpu_us } })
      }
    }
    await lab.stop([gateway])
  },
}

/** The calls of a round, a conversation of their own. */
const createOrder = ({ name }: Subject, round: number) => {
  const { reply } = cases.find((one) => one.name === name) as Case
  return completions(replies[reply], amount, { bytes: 5_000, model: name, system: `You are helper ${round}.` })
}

/** The entries, which differ in their targets alone. The keys differ too, as those of real targets do. */
const createMap = (upstream: string): object =>
  Object.fromEntries(
    cases.map(({ name, reply, count }) => {
      const entry = { api_base: `${upstream}/v1`, api_key: 'sk-bench', upstream_model: modelFor(replies[reply]) }
      const targets = Array.from({ length: count }, (_, index) => ({ api_key: `sk-bench-${index}` }))
      return [name, count === 0 ? entry : { ...entry, targets }]
    }),
  )
