import { Agent, request as requestHttp } from 'node:http'
import { killableFunction, type Variables } from '../rig/killable-function.ts'
import { percentile } from '../stats/summary.ts'

/** The time between the last event of a stream and its `[DONE]`, in milliseconds: the wait for the record. */
export interface EndWaits {
  readonly streams: number
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

const calmStreams = 600
const clients = 4
/** Streams before the measurement. The first streams load the driver of the store and open connections. */
const warmUp = 40

/** Measures the wait at the end of the streams of a built function, without faults. */
export const endWaits = async (variables: Variables): Promise<EndWaits> => {
  const running = await killableFunction('llm-chat-completions', variables, () => undefined)
  const agent = new Agent({ keepAlive: true })
  const measure = (number: number): Promise<number> => measureEndWait({ port: running.port(), agent, number })
  const waits: number[] = []
  let next = -warmUp
  const client = async (): Promise<void> => {
    while (next < calmStreams) {
      const number = next++
      const wait = await measure(number)
      if (number >= 0) waits.push(wait)
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, client))
  } finally {
    agent.destroy()
    await running.kill()
  }
  const getWait = (share: number): number => round(percentile(waits, share))
  return { streams: waits.length, p50: getWait(0.5), p99: getWait(0.99), longest: getWait(1) }
}

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

interface Client {
  readonly port: number | undefined
  readonly agent: Agent
  readonly number: number
}

const measureEndWait = ({ port, agent, number }: Client): Promise<number> =>
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
