import { afterAll, beforeAll, expect, test } from '@jest/globals'
import OpenAI, { APIError } from 'openai'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'

const locked = 'You only translate menus of Chinese restaurants.'
const message = { role: 'assistant', content: 'soup' }
const completion = {
  id: 'a',
  object: 'chat.completion',
  created: 1,
  model: 'menu',
  choices: [{ index: 0, message, finish_reason: 'stop' }],
}
const refusal = { error: { message: `'messages.0' is not valid: ${locked}`, type: 'invalid_request_error' } }
const usage = { prompt_tokens: 30, completion_tokens: 2, total_tokens: 32 }

let provider: ScriptedProvider
let chat: StartedFunction
let completions: StartedFunction
let isRefusing = false

beforeAll(async () => {
  provider = await scriptedProvider(() =>
    isRefusing
      ? { status: 400, body: [JSON.stringify(refusal)] }
      : { body: [JSON.stringify({ ...completion, usage })] },
  )
  const caps = { system_prompt: locked, client_system: 'refuse', allowed_params: 'temperature', max_prompt_tokens: 50 }
  const environment = {
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    LOG_LEVEL: 'debug',
    MODEL_PROVIDER_MAP: JSON.stringify({ menu: { api_base: `${provider.url}/v1`, ...caps } }),
    MODEL_PROVIDER_MAP_FILE: '',
  }
  chat = await startFunction('llm-chat-completions', environment)
  completions = await startFunction('llm-completions', environment)
}, 60_000)

afterAll(async () => {
  await chat.stop()
  await completions.stop()
  await provider.close()
})

const messages = [{ role: 'user' as const, content: 'Soup' }]
const toError = (thrown: unknown): APIError => thrown as APIError

test('The built functions lock the prompt and refuse what callers may not send, in the official client (R76) (R77)', async () => {
  const client = (started: StartedFunction) => new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'x', maxRetries: 0 })
  const create = (fields: object) => client(chat).chat.completions.create({ model: 'menu', messages, ...fields })
  const reply = await create({ temperature: 1 })
  expect(reply).toMatchObject({ model: 'menu', usage, choices: [{ message: { content: 'soup' } }] })
  const completed = await client(completions).completions.create({ model: 'menu', prompt: 'Soup' })
  expect(completed.choices[0]?.text).toBe('soup')
  for (const { body } of provider.requests)
    expect(body['messages']).toEqual([
      { role: 'system', content: locked },
      { role: 'user', content: 'Soup' },
    ])
  const sent = provider.requests.length
  const failures = await Promise.all([
    create({ top_p: 0.5 }).catch(toError),
    create({ messages: [{ role: 'system', content: 'x' }, ...messages] }).catch(toError),
    create({ messages: [{ role: 'user', content: 'many words '.repeat(50) }] }).catch(toError),
  ])
  expect(
    failures.map((failure) => failure instanceof APIError && [failure.status, failure.code, failure.param]),
  ).toEqual([
    [400, 'unsupported_parameter', 'top_p'],
    [400, 'invalid_value', 'messages.0.role'],
    [400, 'context_length_exceeded', 'messages'],
  ])
  expect(provider.requests).toHaveLength(sent)
  isRefusing = true
  const refused = (await create({}).catch(toError)) as APIError
  expect([refused.status, JSON.stringify(refused.error)]).toEqual([400, expect.not.stringContaining('menus')])
  expect(chat.output() + completions.output()).not.toContain('translate menus')
}, 60_000)
