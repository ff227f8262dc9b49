import { Agent, request as requestHttp } from 'node:http'
import { type KillableFunction, killableFunction } from '../rig/killable-function.ts'
import { cpuMs } from '../stats/process-meter.ts'
import { type FleetTarget, startFleetTarget } from './fleet-target.ts'

/** The processor time of one request. */
export interface FleetCpu {
  /** With one target, in milliseconds: the median of the rounds. */
  readonly oneTarget: number
  /** What ten targets add, as a share of that: the median of the pairs of rounds, because other programs disturb some. */
  readonly added: number
}

const rounds = 41
const requestsOfRound = 200

/** Measures what ten healthy targets cost a function beside one, in rounds that alternate. */
export const measureCpu = async (): Promise<FleetCpu> => {
  const target = await startFleetTarget('t1')
  const [one, ten] = await Promise.all([startFunction(target, 1), startFunction(target, 10)])
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const measure = async (running: KillableFunction): Promise<number> => {
    const before = cpuMs(running.pid())
    await Promise.all(Array.from({ length: requestsOfRound }, (_, number) => send(agent, running.port() ?? 0, number)))
    return (cpuMs(running.pid()) - before) / requestsOfRound
  }
  const times: number[] = []
  const added: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const time = await measure(one)
      times.push(time)
      added.push((await measure(ten)) / time - 1)
    }
  } finally {
    agent.destroy()
    await Promise.all([one.kill(), ten.kill(), target.close()])
  }
  return { oneTarget: getMedian(times), added: getMedian(added) }
}

/** Targets at one address, so that only their choice is measured and not the number of connections. */
const startFunction = ({ apiBase, key }: FleetTarget, count: number): Promise<KillableFunction> => {
  const targets = Array.from({ length: count }, (_, index) => ({ upstream_model: `m${index}` }))
  const chat = { api_base: apiBase, api_key: key, ...(count > 1 ? { targets } : targets[0]) }
  const variables = {
    ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error', USAGE_STORE: 'none' },
    ...{ MODEL_PROVIDER_MAP: JSON.stringify({ chat }), MODEL_PROVIDER_MAP_FILE: '', MODEL_LIST_FILE: '' },
  }
  return killableFunction('llm-chat-completions', variables, () => undefined)
}

/** A stream of a conversation with a system message of 2,000 characters. */
const send = (agent: Agent, port: number, number: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = requestHttp({ agent, port, host: '127.0.0.1', method: 'POST', path: '/v1/chat/completions' })
    request.on('error', reject).on('response', (response) => response.resume().on('end', resolve))
    const messages = [
      { role: 'system', content: 'You are terse. '.repeat(140) },
      { role: 'user', content: `n=${number}` },
    ]
    request.end(JSON.stringify({ model: 'chat', stream: true, messages }))
  })

const getMedian = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
