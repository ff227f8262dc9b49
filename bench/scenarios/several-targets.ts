import type { Lab, Subject } from '../lab.ts'
import { builtFunction } from '../targets.ts'
import { modelFor, scripts } from '../wire/script.ts'
import { completions, meterLoad, type Scenario } from './scenario.ts'

/** The fewest rounds: two measurements differ by more than several targets add. */
const minRounds = 21

/** A round measures the entries in each order once: what a measurement leaves behind, such as garbage and connections to close,
 *  costs the one after it, and what else the machine does changes within a second. */
const orders = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
  [1, 0, 2],
  [0, 2, 1],
] as const

const warmUps = 4

const connections = 10

/** The replies that are measured, each with so many requests that opening and closing the connections counts for little. */
const replies = {
  whole: { script: scripts.whole, requests: 300 },
  streams: { script: scripts.brief, requests: 100 },
} as const

/** The numbers of targets; 0: an entry without `targets`. */
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
    const rounds = Math.max(options.rounds, minRounds)
    for (let round = -warmUps; round < rounds; round++) {
      for (const [name, cpu] of await measureRound(lab, gateway, round)) {
        if (round >= 0) samples.add('targets', name, { round, values: { cpu_us: cpu * 1e3 } })
      }
    }
    await lab.stop([gateway])
  },
}

/** Measures each entry in each order, one kind of reply after the other. Resolves with the processor time of a request of each,
 *  in milliseconds. */
const measureRound = async (lab: Lab, gateway: Subject, round: number): Promise<ReadonlyMap<string, number>> => {
  const totals = new Map<string, number>()
  for (const [reply, { requests }] of Object.entries(replies)) {
    const entries = cases.filter((one) => one.reply === reply)
    const requestsOfRound = requests * orders.length
    for (const entry of orders.flatMap((order) => order.map((index) => entries[index] as Case))) {
      const { cpu } = await meterLoad(lab, gateway, createOrder(entry, round))
      totals.set(entry.name, (totals.get(entry.name) ?? 0) + cpu / requestsOfRound)
    }
  }
  return totals
}

/** The calls of a round, a conversation of their own. */
const createOrder = ({ name, reply }: Case, round: number) => {
  const { script, requests } = replies[reply]
  const prompt = { bytes: 5_000, model: name, system: `You are helper ${round}.` }
  return completions(script, { connections, requests }, prompt)
}

/** The entries, which differ in their targets alone. The keys differ too, as those of real targets do. */
const createMap = (upstream: string): object =>
  Object.fromEntries(
    cases.map(({ name, reply, count }) => {
      const entry = { api_base: `${upstream}/v1`, api_key: 'sk-bench', upstream_model: modelFor(replies[reply].script) }
      const targets = Array.from({ length: count }, (_, index) => ({ api_key: `sk-bench-${index}` }))
      return [name, count === 0 ? entry : { ...entry, targets }]
    }),
  )
