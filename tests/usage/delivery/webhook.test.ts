import { once } from 'node:events'
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import { createWebhook } from '../../../shared/usage/delivery/webhook.ts'
import type { UsageRecord } from '../../../shared/usage/store/record.ts'
import { loopbackServer } from '../../../testing/servers/loopback-server.ts'

const record: UsageRecord = {
  request_id: 'a-request',
  user_id: 'user-1',
  model: '模型',
  usage: { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 },
  points: 0,
  metadata: { stream: true },
  ts: 1_710_000_000,
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const startReceiver = async (listener: RequestListener): Promise<string> => {
  const { url, close } = await loopbackServer(listener)
  closers.push(close)
  return `${url}/usage`
}

interface Received {
  readonly method: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const recordRequests =
  (received: Received[], reply: (response: ServerResponse) => void): RequestListener =>
  async (request, response) => {
    let body = ''
    for await (const piece of request.setEncoding('utf8')) body += piece
    received.push({ method: request.method, headers: request.headers, body })
    reply(response)
  }

const options = { token: undefined, secret: undefined, timeoutMs: 2_000 }

describe('the webhook', () => {
  test('posts the record with the bearer token and its id as the idempotency key', async () => {
    const received: Received[] = []
    const url = await startReceiver(recordRequests(received, (response) => response.writeHead(204).end()))
    await createWebhook({ ...options, url, token: 'a-token' })(record)
    expect(received).toHaveLength(1)
    expect(received[0]?.method).toBe('POST')
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(record)
    expect(received[0]?.headers).toMatchObject({
      authorization: 'Bearer a-token',
      'content-type': 'application/json',
      'idempotency-key': 'a-request',
    })
    expect(received[0]?.headers).not.toHaveProperty('webhook-signature')
  })

  test.each([
    ['whsec_bXkgc2VjcmV0IGtleQ==', undefined],
    ['a plain text', { format: 'raw' }],
  ] as const)(
    'signs with %s so that the reference library of Standard Webhooks verifies it',
    async (secret, format) => {
      const received: Received[] = []
      const url = await startReceiver(recordRequests(received, (response) => response.end('ok')))
      await createWebhook({ ...options, url, secret })(record)
      const [{ headers, body } = { headers: {}, body: '' }] = received
      const verifier = new Webhook(secret, format)
      expect(verifier.verify(body, headers as Record<string, string>)).toEqual(record)
      expect(headers).toMatchObject({ 'webhook-id': 'a-request' })
      expect(headers).not.toHaveProperty('authorization')
    },
  )

  test('signs so that the library rejects a changed, replayed or differently signed message (R49)', async () => {
    const received: Received[] = []
    const url = await startReceiver(recordRequests(received, (response) => response.end('ok')))
    const tenMinutesAgo = (): number => Date.now() - 600_000
    await createWebhook({ ...options, url, secret: 'whsec_bXkgc2VjcmV0IGtleQ==' })(record)
    await createWebhook({ ...options, url, secret: 'whsec_b3RoZXI=' })(record)
    await createWebhook({ ...options, url, secret: 'whsec_bXkgc2VjcmV0IGtleQ==', now: tenMinutesAgo })(record)
    const verifier = new Webhook('whsec_bXkgc2VjcmV0IGtleQ==')
    const verify = ({ headers, body }: Received) => verifier.verify(body, headers as Record<string, string>)
    const [genuine, foreign, old] = received as [Received, Received, Received]
    expect(() => verify(genuine)).not.toThrow()
    expect(() => verify({ ...genuine, body: genuine.body.replace('"points":0', '"points":9') })).toThrow('signature')
    expect(() => verify({ ...genuine, headers: { ...genuine.headers, 'webhook-id': 'another' } })).toThrow('signature')
    expect(() => verify(foreign)).toThrow('signature')
    expect(() => verify(old)).toThrow('too old')
  })

  test.each([200, 201, 202, 204])('counts a reply of %d as delivered', async (status) => {
    const url = await startReceiver((request, response) => {
      request.resume()
      response.writeHead(status).end()
    })
    await expect(createWebhook({ ...options, url })(record)).resolves.toBeUndefined()
  })

  test.each([301, 302, 303, 307, 308, 400, 401, 404, 409, 410, 429, 500, 503])(
    'does not count a reply of %d as delivered, and follows no redirect (R30, R49)',
    async (status) => {
      let elsewhere = 0
      const trap = await startReceiver((_, response) => {
        elsewhere++
        response.end()
      })
      const url = await startReceiver((request, response) => {
        request.resume()
        response.writeHead(status, { location: trap }).end()
      })
      await expect(createWebhook({ ...options, url })(record)).rejects.toThrow(String(status))
      expect(elsewhere).toBe(0)
    },
  )

  test('does not count a delivery if the receiver hangs up or does not reply in time (R30)', async () => {
    const dropping = await startReceiver((request) => request.socket.destroy())
    await expect(createWebhook({ ...options, url: dropping })(record)).rejects.toThrow('did not answer (ECONNRESET)')
    const silent = await startReceiver(() => undefined)
    await expect(createWebhook({ ...options, url: silent, timeoutMs: 50 })(record)).rejects.toThrow('(ETIMEDOUT)')
    const nowhere = createWebhook({ ...options, url: 'http://127.0.0.1:1/' })
    await expect(nowhere(record)).rejects.toThrow(/^the webhook did not answer \(ECONNREFUSED\)$/)
  })

  test('counts a reply without an end as delivered, and closes the connection after its time limit', async () => {
    let closed: Promise<unknown> | undefined
    const url = await startReceiver((request, response) => {
      closed = once(request.socket, 'close')
      response.writeHead(200).write('endless')
    })
    await createWebhook({ ...options, url, timeoutMs: 1_000 })(record)
    expect(closed).toBeDefined()
    await closed
  })

  test('sends the record again if the receiver has closed the kept-alive connection', async () => {
    const received: Received[] = []
    let hangUp = (): void => undefined
    const url = await startReceiver((request, response) => {
      recordRequests(received, () => response.end('ok'))(request, response)
      hangUp = () => request.socket.resetAndDestroy()
    })
    const deliver = createWebhook({ ...options, url })
    await deliver(record)
    hangUp()
    await deliver(record)
    expect(received).toHaveLength(2)
  })
})
