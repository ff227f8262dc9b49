import { Agent, request as requestHttp } from 'node:http'
import { between, type Random } from './random.ts'

/** What the client of one request received. */
export interface Observation {
  readonly number: number
  readonly stream: boolean
  /** The `x-request-id` of the reply; undefined if there was no reply. */
  readonly id: string | undefined
  readonly status: number
  /** Whether any part of the completion arrived. */
  readonly content: boolean
  /** Whether all of it arrived. */
  readonly complete: boolean
  /** Whether the server ended the reply: its function had done all it does for the call. */
  readonly ended: boolean
}

const agent = new Agent({ keepAlive: false, maxSockets: 512 })

/** The longest a client waits, in milliseconds. */
const timeoutMs = 20_000

/** Sends one request. A share of the clients (`leaves`, from 0 to 1) closes the connection early. It never rejects. */
export const observe = (
  number: number,
  { port, random, leaves, token }: { port: number; random: Random; leaves: number; token?: string },
): Promise<Observation> =>
  new Promise((resolve) => {
    const stream = random() < 0.6
    const leavesAfterMs = random() < leaves ? between(random, 5, 60) : undefined
    const body = JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: `n=${number}` }] })
    let seen = { id: undefined as string | undefined, status: 0, text: '', ended: false }
    const done = (): void => {
      const content = seen.status === 200 && (stream ? seen.text.includes('"content"') : seen.text.length > 0)
      const complete = content && (stream ? seen.text.endsWith('data: [DONE]\n\n') : seen.text.endsWith('}'))
      resolve({ number, stream, id: seen.id, status: seen.status, content, complete, ended: seen.ended })
    }
    const request = requestHttp({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/v1/chat/completions',
      agent,
      headers: {
        'content-type': 'application/json',
        'x-request-id': `n-${number}`,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    })
    request.on('response', (response) => {
      const { 'x-request-id': id } = response.headers
      seen = { ...seen, id: typeof id === 'string' ? id : undefined, status: response.statusCode ?? 0 }
      response.setEncoding('utf8').on('data', (text: string) => {
        seen.text += text
      })
      response
        .on('end', () => {
          seen.ended = true
        })
        .on('error', () => undefined)
        .on('close', done)
    })
    request.on('error', done)
    if (leavesAfterMs !== undefined) setTimeout(() => request.destroy(), leavesAfterMs)
    request.end(body)
  })
