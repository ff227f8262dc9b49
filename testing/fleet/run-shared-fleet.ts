import { setTimeout as sleep } from 'node:timers/promises'
import { type KillableFunction, killableFunction, type Variables } from '../rig/killable-function.ts'
import { type FleetTarget, startFleetTarget } from './fleet-target.ts'

/** What instances that share a store did wrong. All counts are 0 if the promises hold. */
export interface SharedFleetResult {
  /** Requests beyond `max_concurrency` that a target had at the same time. */
  readonly tooMany: number
  /** Requests without an answer although there was a free place at a healthy target. */
  readonly failed: number
  /** Requests to a target at rest from the instances that did not find the rest themselves. */
  readonly unaware: number
  /** Instances that sent nothing to a target after a success at another instance had ended its rest. */
  readonly lost: number
  /** Reports of /health that did not show a rest, or showed one that had ended. */
  readonly misreported: number
}

const instances = 3
const targetCount = 5
const maxConcurrency = 2

/** Fewer than the places of all targets. */
const clients = 8
const requestsOfPhase = 90

/** How long a target works on each request, in milliseconds. */
const holdMs = 15

/** An instance reads the store every 5 s, with its next call. */
const learnMs = 5_500

const adminKey = 'admin-key-of-the-fleet'

/** Lets instances of the built functions share a store: they call targets with `max_concurrency`, one of which rests and works
 *  again.
 *  @param store the variables of the shared store */
export const runSharedFleet = async (store: Variables): Promise<SharedFleetResult> => {
  const names = Array.from({ length: targetCount }, (_, index) => `t${index + 1}`)
  const targets = await Promise.all(names.map((name) => startFleetTarget(name, holdMs)))
  const variables = toVariables(targets, store)
  const folders = [...Array.from({ length: instances }, () => 'llm-chat-completions'), 'llm-health']
  const functions = await Promise.all(folders.map((folder) => killableFunction(folder, variables, () => undefined)))
  try {
    return await judgeSharing(targets, functions)
  } finally {
    await Promise.all([...functions.map(({ kill }) => kill()), ...targets.map(({ close }) => close())])
  }
}

const judgeSharing = async (
  targets: readonly FleetTarget[],
  functions: readonly KillableFunction[],
): Promise<SharedFleetResult> => {
  const [first, ...others] = functions.slice(0, instances) as [KillableFunction, ...KillableFunction[]]
  const health = functions[instances] as KillableFunction
  const [resting] = targets as [FleetTarget, ...FleetTarget[]]
  const calmFailed = await sendAll([first, ...others])
  const elsewhere = await findConversation(first, resting)
  await resting.setFault('no-money')
  const foundFailed = await sendAll([first])
  await learn(others, elsewhere)
  const before = resting.countRequests()
  const awareFailed = await sendAll(others)
  const unaware = resting.countRequests() - before
  const isShown = (await readRests(health)).includes('chat/1')

  // All rest at the first instance now, so its early try finds out that the target works again. The others learn that the rest is
  // over while they learn that all other targets rest. Only an early try would be left otherwise, for one of two requests.
  for (const target of targets.slice(1)) await target.setFault('no-money')
  await resting.setFault(undefined)
  await sendAll([first])
  for (const target of targets) await target.setFault(undefined)
  await learn(others, elsewhere)
  const isStillShown = (await readRests(health)).includes('chat/1')
  const lost: number[] = []
  for (const other of others) lost.push(await sendPair(other))
  const most = Math.max(...targets.map(({ getMostAtOnce }) => getMostAtOnce()))
  return {
    tooMany: Math.max(0, most - maxConcurrency),
    failed: calmFailed + foundFailed + awareFailed,
    unaware,
    lost: lost.filter((count) => count > 0).length,
    misreported: Number(!isShown) + Number(isStillShown),
  }
}

const toVariables = (targets: readonly FleetTarget[], store: Variables): Variables => {
  const chat = {
    targets: targets.map(({ apiBase, key }) => ({ api_base: apiBase, api_key: key, max_concurrency: maxConcurrency })),
  }
  return {
    ...store,
    ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error', GATEWAY_ADMIN_KEY: adminKey },
    ...{ MODEL_PROVIDER_MAP: JSON.stringify({ chat }), MODEL_PROVIDER_MAP_FILE: '', MODEL_LIST_FILE: '' },
    REMOTE_CONFIG_SOURCE: 'none',
  }
}

/** Sends one request of each of many conversations to these instances. Resolves with the number of those that failed. */
const sendAll = async (callers: readonly KillableFunction[]): Promise<number> => {
  let next = 0
  let failed = 0
  const client = async (): Promise<void> => {
    while (next < requestsOfPhase) {
      const number = next++
      failed += await sendTurn(callers[number % callers.length] as KillableFunction, number)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return failed
}

/** Finds a conversation that prefers another target. */
const findConversation = async (caller: KillableFunction, target: FleetTarget): Promise<number> => {
  for (let number = 0; ; number++) {
    const before = target.countRequests()
    await sendTurn(caller, number)
    if (target.countRequests() === before) return number
  }
}

/** Lets instances read the store: a call makes it due, and does not wait for it.
 *  @param conversation one that prefers another target than that in question: a failure or success of their own would tell them */
const learn = async (callers: readonly KillableFunction[], conversation: number): Promise<void> => {
  await sleep(learnMs)
  await Promise.all(callers.map((caller) => sendTurn(caller, conversation)))
  await sleep(learnMs)
}

/** Resolves with 1 if the request failed, and with 0 otherwise. */
const sendTurn = async (caller: KillableFunction, number: number): Promise<number> => {
  const messages = [{ role: 'user', content: `conversation ${number} n=${number}` }]
  const body = JSON.stringify({ model: 'chat', stream: number % 2 === 0, messages })
  const reply = await fetch(`http://127.0.0.1:${caller.port()}/v1/chat/completions`, { method: 'POST', body })
  await reply.text()
  return reply.status === 200 ? 0 : 1
}

/** Sends two requests at once. Resolves with the number of those that failed. */
const sendPair = async (caller: KillableFunction): Promise<number> => {
  const [one, other] = await Promise.all([sendTurn(caller, 0), sendTurn(caller, 1)])
  return one + other
}

/** The names of the targets that rest, by /health. */
const readRests = async (health: KillableFunction): Promise<readonly string[]> => {
  const headers = { 'x-gateway-key': adminKey }
  const report = (await (await fetch(`http://127.0.0.1:${health.port()}/health`, { headers })).json()) as HealthReport
  return report.targets.models.flatMap(({ targets }) => targets.filter(({ rest }) => rest).map(({ target }) => target))
}

interface HealthReport {
  readonly targets: {
    readonly models: readonly {
      readonly targets: readonly { readonly target: string; readonly rest: object | null }[]
    }[]
  }
}
