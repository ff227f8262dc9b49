import { Agent, request as requestHttp } from 'node:http'
import { type KillableFunction, killableFunction } from '../rig/killable-function.ts'
import { cpuMs } from '../stats/process-meter.ts'
import { type FleetTarget, startFleetTarget } from './fleet-target.ts'

/** The processor time of one request, in milliseconds: the median of rounds. */
export interface FleetCpu {
  readonly oneTarget: number
  readonly tenTargets: number
}

const rounds = 15
const requestsOfRound = 400

/** Measures what ten healthy targets cost a function beside one, in rounds that alternate. */
export const measureCpu = async (): Promise<FleetCpu> => {
  const targets = await Promise.all(Array.from({ length: 10 }, (_, index) => startFleetTarget(`t${index + 1}`)))
  const [one, ten] = await Promise.all([startFunction(targets.slice(0, 1)), startFunction(targets)])
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const measure = async (running: KillableFunction): Promise<number> => {
    const before = cpuMs(running.pid())
    await Promise.all(Array.from({ length: requestsOfRound }, (_, number) => send(agent, running.port() ?? 0, number)))
    return (cpuMs(running.pid()) - before) / requestsOfRound
  }
  const times = { one: [] as number[], ten: [] as number[] }
  try {
    for (let round = 0; round < rounds; round++) {
      times.one.push(await measure(one))
      times.ten.push(await measure(ten))
    }
  } finally {
    agent.destroy()
    await Promise.all([one.kill(), ten.kill(), ...targets.map(({ close }) => close())])
  }
  return { oneTarget: getMedian(times.one), tenTargets: getMedian(times.ten) }
}

const startFunction = (targets: readonly FleetTarget[]): Promise<KillableFunction> => {
  const own = targets.map(({ apiBase, key }) => ({ api_base: apiBase, api_key: key }))
  const chat = own.length === 1 ? own[0] : { targets: own }
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
