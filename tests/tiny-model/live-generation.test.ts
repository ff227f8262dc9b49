import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { startTinyModel } from '../../scripts/tiny-model/server/upstream.ts'
import { createClient, messages, tinyServer } from './tiny-client.ts'

const server = tinyServer()

describe('generation during a request', () => {
  test('sends each token as soon as it exists', async () => {
    const slow = await startTinyModel({ delayMs: 5 })
    try {
      const response = await fetch(`${slow.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'tiny', messages: messages('Count to 12.'), stream: true }),
      })
      let reads = 0
      for await (const _ of response.body ?? []) reads++
      expect(reads).toBeGreaterThan(10)
    } finally {
      await slow.close()
    }
  })

  test('lets other requests through', async () => {
    const stream = await server.client.chat.completions.create({
      model: 'tiny',
      messages: messages('Count to 50.'),
      n: 4,
      stream: true,
    })
    const order: string[] = []
    const listed = server.client.models.list().then(() => order.push('list'))
    for await (const _ of stream);
    order.push('stream')
    await listed
    expect(order).toEqual(['list', 'stream'])
  })

  test.each([true, false])('stops generating when the client leaves (stream: %j)', async (stream) => {
    let tokens = 0
    const slow = await startTinyModel({ delayMs: 2, onToken: () => tokens++ })
    try {
      const request = httpRequest(`${slow.url}/v1/chat/completions`, { method: 'POST' })
      request.on('error', () => {})
      request.end(JSON.stringify({ model: 'tiny', messages: messages('Count to 50.'), stream }))
      while (tokens < 3) await sleep(2)
      request.destroy()
      await sleep(50)
      const tokensAtLeave = tokens
      await sleep(100)
      expect(tokens).toBe(tokensAtLeave)
      expect(tokens).toBeLessThan(100)
    } finally {
      await slow.close()
    }
  })
})

describe('close of the embedded model', () => {
  test('ends replies that are still streaming', async () => {
    const slow = await startTinyModel({ delayMs: 5 })
    const stream = await createClient(slow).chat.completions.create({
      model: 'tiny',
      messages: messages('Count to 50.'),
      stream: true,
    })
    await slow.close()
    const read = async () => {
      for await (const _ of stream);
    }
    await expect(read()).rejects.toThrow()
  })
})
