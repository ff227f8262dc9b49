import { pathToFileURL } from 'node:url'
import { type KillableFunction, killableFunction } from '../rig/killable-function.ts'
import { between, type Random, randomFrom } from '../rig/random.ts'
import { loopbackServer } from '../servers/loopback-server.ts'
import { type FleetTarget, faults, startFleetTarget } from './fleet-target.ts'
import { type FleetRecord, type FleetResult, judgeFleet, type Turn } from './judge-fleet.ts'

export interface FleetOptions {
  readonly requests: number
  readonly seed: number
  /** How many times faster the clock of the functions runs. */
  readonly speed: number
}

/** The weights of the targets, as in the model map. The last two never fail. */
export const weights: readonly number[] = [1, 1, 1, 2, 2, 3, 1, 2, 3, 4]
const unfailing = 2

const processes = 3
const clients = 16
const turnsOfConversation = 3

/** Share of the requests before the faults begin. Shares and affinity are measured with these. */
const calmShare = 0.6

/** Time between two changes of the faults, in milliseconds. */
const windowMs = 400

/** Longest time until every target has answered again, in milliseconds. */
const maxReturnMs = 150_000

/** Sends conversations to built functions over ten targets: first while all are healthy, then while eight of them fail in every way in
 *  turn, then until each has answered again. */
export const runFleet = async ({ requests, seed, speed }: FleetOptions): Promise<FleetResult> => {
  const targets = await Promise.all(weights.map((_, index) => startFleetTarget(`t${index + 1}`)))
  const records: FleetRecord[] = []
  const receiver = await loopbackServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    records.push(JSON.parse(Buffer.concat(pieces).toString()) as FleetRecord)
    response.end()
  })
  const variables = toVariables(targets, receiver.url, speed)
  const functions = await Promise.all(
    Array.from({ length: processes }, () => killableFunction('llm-chat-completions', variables, () => undefined)),
  )
  try {
    const send = createClient(functions, seed)
    const calm = await send(Math.round(requests * calmShare))
    const stopFaults = startFaults(targets, randomFrom(seed))
    const faulty = await send(requests - calm.length)
    await stopFaults()
    const returned = await waitForReturn(targets, () => send(clients * turnsOfConversation))
    return judgeFleet({ calm, faulty, targets, records, weights, returned })
  } finally {
    await Promise.all([
      ...functions.map(({ kill }) => kill()),
      ...targets.map(({ close }) => close()),
      receiver.close(),
    ])
  }
}

const toVariables = (targets: readonly FleetTarget[], webhook: string, speed: number) => {
  const chat = {
    switch_on: ['first_byte_timeout', 'server_error'],
    targets: targets.map(({ apiBase, key }, index) => ({ api_base: apiBase, api_key: key, weight: weights[index] })),
  }
  const clock = `${pathToFileURL('testing/fleet/fast-clock.mjs').href}?speed=${speed}`
  return {
    NODE_OPTIONS: `--import ${clock}`,
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ chat }),
    MODEL_PROVIDER_MAP_FILE: '',
    MODEL_LIST_FILE: '',
    USAGE_STORE: 'none',
    BILLING_WEBHOOK_URL: webhook,
    UPSTREAM_TIMEOUT_FIRST_BYTE: '2000',
    UPSTREAM_TIMEOUT_TOTAL: '60000',
    LOG_LEVEL: 'error',
  }
}

/** Creates the function that sends so many requests, as conversations of several turns, and resolves with what came back. */
const createClient = (functions: readonly KillableFunction[], seed: number) => {
  let next = 0
  let conversations = 0
  return async (count: number): Promise<Turn[]> => {
    const turns: Turn[] = []
    const end = next + count
    const client = async (): Promise<void> => {
      while (next < end) {
        const conversation = conversations++
        for (let turn = 0; turn < turnsOfConversation && next < end; turn++)
          turns.push(await sendTurn({ functions, random: randomFrom(seed + next), conversation, number: next++ }))
      }
    }
    await Promise.all(Array.from({ length: clients }, client))
    return turns
  }
}

interface TurnOptions {
  readonly functions: readonly KillableFunction[]
  readonly random: Random
  readonly conversation: number
  readonly number: number
}

const sendTurn = async ({ functions, random, conversation, number }: TurnOptions): Promise<Turn> => {
  const stream = random() < 0.5
  const port = functions[between(random, 0, functions.length - 1)]?.port()
  const reply = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-request-id': `n=${number}` },
    body: JSON.stringify({
      ...{ model: 'chat', stream },
      messages: [
        { role: 'user', content: `conversation ${conversation}` },
        { role: 'user', content: `n=${number}` },
      ],
    }),
  })
  const text = await reply.text()
  const names = [...new Set([...text.matchAll(/\bt\d+(?= )/g)].map(([name]) => name))]
  const isComplete = stream ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}')
  return { number, conversation, status: reply.status, names, isComplete }
}

/** Gives the targets that may fail other faults every `windowMs`. Returns the function that ends all faults. */
const startFaults = (targets: readonly FleetTarget[], random: Random): (() => Promise<void>) => {
  const failing = targets.slice(0, -unfailing)
  const change = (): void => {
    for (const target of failing)
      void target.setFault(random() < 0.3 ? undefined : faults[between(random, 0, faults.length - 1)])
  }
  change()
  const timer = setInterval(change, windowMs)
  return async () => {
    clearInterval(timer)
    for (const target of failing) await target.setFault(undefined)
  }
}

/** Sends requests until every target has answered one, or until the time is up. Resolves with how many have. */
const waitForReturn = async (targets: readonly FleetTarget[], send: () => Promise<Turn[]>): Promise<number> => {
  const before = targets.map(({ answers }) => answers.length)
  const countReturned = (): number =>
    targets.filter(({ answers }, index) => answers.length > (before[index] ?? 0)).length
  const endsAt = performance.now() + maxReturnMs
  while (countReturned() < targets.length && performance.now() < endsAt) await send()
  return countReturned()
}
