import { afterEach, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../shared/http/server.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { json, type Script, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Starts a provider that knows no schemas, and a gateway before it. */
const connect = async (script: Script): Promise<OpenAI> => {
  const provider = await scriptedProvider(({ body }) => {
    const { type } = body['response_format'] as { type: string }
    return type === 'json_object' ? script : json({ error: { message: 'response_format is not supported' } }, 400)
  })
  cleanups.push(provider.close)
  const config = readConfig({
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    LOG_LEVEL: 'error',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, json_schema: 'prompt' } }),
  })
  const server = { ...config.server, host: '127.0.0.1', port: 0 }
  const { url, close } = await waitForListening(
    serve(relay('chat/completions', { ...config, server }, serveText), server),
  )
  cleanups.push(close)
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 })
}

const Weather = z.object({ city: z.string(), degrees: z.number() })
const request = {
  model: 'm',
  messages: [{ role: 'user' as const, content: 'Weather?' }],
  response_format: zodResponseFormat(Weather, 'weather'),
}
const content = '{"city":"北京","degrees":21}'

test('lets parse() of the official client read an answer of a provider without schemas', async () => {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  const client = await connect(json({ choices }))
  const { choices: parsed } = await client.chat.completions.parse(request)
  expect(parsed[0]?.message.parsed).toEqual({ city: '北京', degrees: 21 })
  expect(parsed[0]).toMatchObject({ json_schema: { mode: 'prompt', valid: true } })
})

test('lets stream() of the official client read a streamed one', async () => {
  const chunk = (delta: object, reason: string | null = null): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`
  const client = await connect(
    sse(chunk({ content: content.slice(0, 9) }), chunk({ content: content.slice(9) }), chunk({}, 'stop')),
  )
  const stream = client.chat.completions.stream(request)
  const marks: unknown[] = []
  stream.on('chunk', ({ choices }) => marks.push(...choices.map((choice) => Reflect.get(choice, 'json_schema'))))
  const { choices } = await stream.finalChatCompletion()
  expect(choices[0]?.message.parsed).toEqual({ city: '北京', degrees: 21 })
  expect(marks).toEqual([undefined, undefined, { mode: 'prompt', valid: true }])
})
