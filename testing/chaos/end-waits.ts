import { Agent, request as requestHttp } from 'node:http'
import { killableFunction, type Variables } from '../rig/killable-function.ts'
import { percentile } from '../stats/summary.ts'

/** How long clients waited between the last event of an answer and its `[DONE]`, in milliseconds: what recording it costs them. */
export interface EndWaits {
  readonly streams: number
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

const calmStreams = 600
const clients = 4
/** Streams before the measurement begins: the first ones load the store's driver and open connections. */
const warmUp = 40

/** Measures the wait at the end of streams of a built function while nothing fails. */
export const endWaits = async (variables: Variables): Promise<EndWaits> => {
  const running = await killableFunction('llm-chat-completions', variables, () => undefined)
  const agent = new Agent({ keepAlive: true })
  const ask = (number: number): Promise<number> => endWait({ port: running.port(), agent, number })
  const waits: number[] = []
  let next = -warmUp
  const client = async (): Promise<void> => {
    while (next < calmStreams) {
      const number = next++
      const wait = await ask(number)
      if (number >= 0) waits.push(wait)
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, client))
  } finally {
    agent.destroy()
    await running.kill()
  }
  const at = (share: number): number => rounded(percentile(waits, share))
  return { streams: waits.length, p50: at(0.5), p99: at(0.99), longest: at(1) }
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

const endWait = ({
  port,
  agent,
  number,
}: {
  port: number | undefined
  agent: Agent
  number: number
}): Promise<number> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: `n=${number}` }] })
    const headers = { 'content-type': 'application/json', 'x-request-id': `calm-${number}` }
    const options = { port, host: '127.0.0.1', method: 'POST', path: '/v1/chat/completions', agent, headers }
    const request = requestHttp(options, (response) => {
      let lastEventAt = Number.NaN
      response.setEncoding('utf8').on('data', (text: string) => {
        const now = performance.now()
        if (text.includes('"finish_reason":"stop"')) lastEventAt = now
        if (text.includes('[DONE]')) resolve(now - lastEventAt)
      })
      response.once('error', reject).once('end', () => reject(new Error(`stream ${number} had no end`)))
    })
    request.once('error', reject).end(body)
  })
