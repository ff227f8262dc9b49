import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { listModels } from '../../../shared/gateway/list-models.ts'
import { relay } from '../../../shared/gateway/relay/relay.ts'
import { serveText } from '../../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../../shared/http/server.ts'
import { waitForListening } from '../../../testing/servers/loopback-server.ts'
import { type Script, type ScriptedProvider, scriptedProvider } from '../../../testing/stand-ins/provider.ts'
import { captureLog, type LogLine } from '../../support/capture-log.ts'

const locked = 'You only translate menus.\n\n你只翻译菜单，不回答其他问题。'
const usage = { prompt_tokens: 40, completion_tokens: 2, total_tokens: 42 }
const completion = {
  id: 'chatcmpl-a',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'soup' }, finish_reason: 'stop' }],
}
const whole: Script = { body: [JSON.stringify({ ...completion, usage })] }

/** The entries of the model map, without their address. */
const entries = {
  plain: {},
  menu: { system_prompt: locked },
  dropping: { system_prompt: locked, client_system: 'drop' },
  refusing: { client_system: 'refuse' },
  minimax: { system_prompt: locked, provider: 'minimaxi' },
  narrow: { allowed_params: 'temperature, max_tokens' },
  bare: { allowed_params: [] },
  failing: { system_prompt: locked, allowed_params: ['temperature'], fallbacks: ['spare'] },
  spare: { system_prompt: 'of the spare', allowed_params: [] },
  short: { max_prompt_tokens: 20, system_prompt: 'a long text '.repeat(100) },
}

const folder = mkdtempSync(join(tmpdir(), 'caller-caps-'))
const usageFile = join(folder, 'usage.jsonl')
const closers: (() => Promise<void>)[] = []
let provider: ScriptedProvider
let script: Script
let lines: LogLine[]
let urls: { readonly chat: string; readonly completions: string; readonly models: string }

beforeAll(async () => {
  provider = await scriptedProvider(({ body }) => (body['model'] === 'failing' ? { status: 503 } : script))
  const api_base = `${provider.url}/v1`
  const map = Object.entries(entries).map(([name, fields]) => [name, { api_base, ...fields }])
  const config = readConfig({
    LOG_LEVEL: 'error',
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify(Object.fromEntries(map)),
    USAGE_STORE: 'file',
    USAGE_FILE: usageFile,
  })
  const captured = captureLog()
  lines = captured.lines
  const server = { ...config.server, host: '127.0.0.1', port: 0, log: captured.log }
  const start = async (handler: Parameters<typeof serve>[0]): Promise<string> => {
    const { url, close } = await waitForListening(serve(handler, server))
    closers.push(close)
    return url
  }
  const own = { ...config, server }
  urls = {
    chat: `${await start(relay('chat/completions', own, serveText))}/v1/chat/completions`,
    completions: `${await start(relay('completions', own, serveText))}/v1/completions`,
    models: `${await start(listModels(own))}/v1/models`,
  }
})

afterAll(async () => {
  for (const close of closers) await close()
  await provider.close()
  rmSync(folder, { recursive: true })
})

beforeEach(() => {
  script = whole
  provider.requests.length = 0
})

interface Replied {
  readonly status: number
  readonly text: string
  readonly error: Record<string, unknown>
}

const post = async (url: string, body: object): Promise<Replied> => {
  const reply = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  const text = await reply.text()
  const { error = {} } = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: Record<string, unknown> }
  return { status: reply.status, text, error }
}

const user = { role: 'user', content: 'Soup of the day' }
const chat = (model: string, fields: object = {}): Promise<Replied> =>
  post(urls.chat, { model, messages: [user], ...fields })
const complete = (model: string, fields: object = {}): Promise<Replied> =>
  post(urls.completions, { model, prompt: 'Soup of the day', ...fields })

const getSentMessages = (): unknown => provider.requests.map(({ body }) => body['messages'])
const lastRecord = (): Record<string, unknown> =>
  JSON.parse(readFileSync(usageFile, 'utf8').trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>

describe('system_prompt', () => {
  const system = { role: 'system', content: 'Be brief.' }
  const developer = { role: 'developer', content: 'Be brief.' }

  test.each([
    ['menu', [user], [{ role: 'system', content: locked }, user]],
    ['menu', [system, user], [{ role: 'system', content: locked }, system, user]],
    ['menu', [developer, user], [{ role: 'developer', content: locked }, developer, user]],
    ['menu', [user, system], [{ role: 'system', content: locked }, user, system]],
    ['dropping', [system, user, { role: ' Developer', content: 'x' }], [{ role: 'system', content: locked }, user]],
    ['plain', [system, user], [system, user]],
    ['minimax', [system, user], [{ role: 'system', content: `${locked}\n\nBe brief.` }, user]],
    ['minimax', [user], [{ role: 'system', content: locked }, user]],
  ])('puts the text of the entry %s before the messages %j (R76)', async (model, messages, sent) => {
    expect((await chat(model, { messages })).status).toBe(200)
    expect(getSentMessages()).toEqual([sent])
  })

  test('reaches the provider before each prompt of a completion, which goes by way of chat (R76)', async () => {
    const { status, text } = await complete('menu', { prompt: ['Soup', 'Cake'], echo: true })
    expect(status).toBe(200)
    expect(getSentMessages()).toEqual(
      ['Soup', 'Cake'].map((content) => [
        { role: 'system', content: locked },
        { role: 'user', content },
      ]),
    )
    const { choices } = JSON.parse(text) as { choices: { text: string }[] }
    expect(choices.map((choice) => choice.text)).toEqual(['Soupsoup', 'Cakesoup'])
    expect(text).not.toContain('menus')
  })

  test('refuses a prompt of tokens, because no text can stand before it', async () => {
    const { status, error } = await complete('menu', { prompt: [1, 2, 3] })
    expect([status, error]).toEqual([400, expect.objectContaining({ param: 'prompt' })])
    expect(provider.requests).toEqual([])
  })

  test('keeps fields from the provider that would make it return the prompt or lose the text (R76)', async () => {
    const fields = { prompt_logprobs: 1, return_token_ids: true, echo: true, chat_template: 'x', temperature: 0.5 }
    await chat('menu', fields)
    await chat('plain', fields)
    expect(provider.requests.map(({ body }) => Object.keys(body))).toEqual([
      ['model', 'temperature', 'messages'],
      ['model', 'messages', ...Object.keys(fields)],
    ])
  })

  test.each([
    ['the whole text', locked],
    ['a part of it', 'messages.0: "…translate menus. 你只翻译菜单…" is not valid'],
    ['its escaped form', JSON.stringify({ content: locked })],
    ['its form in ASCII', locked.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)],
    ['other letters', locked.toUpperCase()],
  ])('never leaves in a refusal of the provider that quotes %s (R76)', async (_, quoted) => {
    for (const place of ['message', 'param', 'type']) {
      script = { status: 400, body: [JSON.stringify({ error: { message: 'no', code: 'bad', [place]: quoted } })] }
      const { status, text, error } = await chat('menu')
      expect([status, error]).toEqual([400, expect.objectContaining({ code: 'upstream_rejected', param: null })])
      expect(text).not.toMatch(/menus|菜单|u83dc/i)
    }
  })

  test('never leaves in an error in the middle of a stream (R76)', async () => {
    const event = { object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'a' } }] }
    const failure = { error: { message: `Bad: ${locked}`, code: 400 } }
    script = {
      headers: { 'content-type': 'text/event-stream' },
      body: [`data: ${JSON.stringify(event)}\n\n`, `data: ${JSON.stringify(failure)}\n\n`],
    }
    const { text } = await chat('menu', { stream: true })
    expect(text).toContain('"content":"a"')
    expect(text).toContain('"error"')
    expect(text).not.toMatch(/menus|菜单/)
  })

  test('leaves other refusals as they are', async () => {
    script = {
      status: 400,
      body: [JSON.stringify({ error: { message: "'top_k' must be an integer", param: 'top_k' } })],
    }
    expect((await chat('menu')).error).toMatchObject({ message: "'top_k' must be an integer", param: 'top_k' })
  })

  test('is charged as the provider states it (R76)', async () => {
    await chat('menu')
    expect(lastRecord()).toMatchObject({ usage, metadata: { estimated: false } })
  })

  test('counts in an estimate, once for each prompt, and is in no record and no log line (R76)', async () => {
    script = { body: [JSON.stringify(completion)] }
    const getPromptTokens = async (call: Promise<Replied>): Promise<number> => {
      expect((await call).status).toBe(200)
      const record = lastRecord()
      expect(record['metadata']).toMatchObject({ estimated: true })
      return (record['usage'] as typeof usage).prompt_tokens
    }
    const one = (await getPromptTokens(chat('menu'))) - (await getPromptTokens(chat('plain')))
    expect(one).toBeGreaterThan(15)
    const prompt = ['Soup', 'Cake']
    const two =
      (await getPromptTokens(complete('menu', { prompt }))) - (await getPromptTokens(complete('plain', { prompt })))
    expect(two).toBe(2 * one)
    expect(readFileSync(usageFile, 'utf8') + JSON.stringify(lines)).not.toMatch(/menus|菜单/)
    expect(await (await fetch(urls.models)).text()).not.toMatch(/menus|菜单|system_prompt/)
  })
})

describe('the caps of an entry whose call is served by a fallback', () => {
  test('hold instead of those of the fallback (R76)', async () => {
    expect((await chat('failing', { temperature: 1 })).status).toBe(200)
    const sent = provider.requests.map(({ body }) => [body['model'], body['messages']])
    const messages = [{ role: 'system', content: locked }, user]
    expect(sent.at(-1)).toEqual(['spare', messages])
    expect(sent.length).toBeGreaterThan(1)
    expect((await chat('failing', { top_p: 1 })).error).toMatchObject({ param: 'top_p' })
  })
})

describe('client_system', () => {
  test.each([
    [[user, { role: 'system', content: 'x' }], 'messages.1.role'],
    [[{ role: 'DEVELOPER', content: 'x' }], 'messages.0.role'],
  ])('refuses %j by name if it is refuse', async (messages, param) => {
    const { status, error } = await chat('refusing', { messages })
    expect([status, error]).toEqual([400, expect.objectContaining({ code: 'invalid_value', param })])
    expect(provider.requests).toEqual([])
  })

  test('refuses a conversation of which nothing is left', async () => {
    const { status, error } = await chat('dropping', { messages: [{ role: 'system', content: 'x' }] })
    expect([status, error]).toEqual([400, expect.objectContaining({ code: 'invalid_value', param: 'messages' })])
  })
})

describe('allowed_params', () => {
  test.each([
    ['narrow', chat, { top_p: 0.5 }, 'top_p'],
    ['narrow', chat, { temperature: 1, tools: [] }, 'tools'],
    ['narrow', chat, { max_completion_tokens: 5 }, 'max_completion_tokens'],
    ['narrow', chat, { prompt: 'x' }, 'prompt'],
    ['narrow', complete, { suffix: 'x' }, 'suffix'],
    ['bare', chat, { temperature: 1 }, 'temperature'],
    ['bare', complete, { temperature: 1 }, 'temperature'],
  ])('of the entry %s refuse another field by name: %p %j (R77)', async (model, call, fields, param) => {
    const { status, error } = await call(model, fields)
    expect([status, error]).toEqual([400, expect.objectContaining({ code: 'unsupported_parameter', param })])
    expect(error['message']).toContain(`'${param}'`)
    expect(provider.requests).toEqual([])
  })

  test.each([
    ['narrow', chat, { temperature: 1, max_tokens: 5, top_p: null }],
    ['bare', chat, { stream: false, stream_options: null, user: 'u', api_key: 'withheld', Top_P: null }],
    ['bare', complete, { stream: false, safety_identifier: 'u' }],
  ])('of the entry %s let all other fields pass: %p %j', async (model, call, fields) => {
    expect((await call(model, fields)).status).toBe(200)
  })
})

describe('max_prompt_tokens', () => {
  const long = 'many words '.repeat(40)

  test.each([
    ['messages', () => chat('short', { messages: [{ role: 'user', content: long }] })],
    ['messages', () => chat('short', { tools: [{ type: 'function', function: { name: 'f', description: long } }] })],
    ['prompt', () => complete('short', { prompt: long })],
    ['prompt', () => complete('short', { prompt: Array.from({ length: 21 }, (_, index) => index) })],
  ])('refuse a longer request with both numbers, before anything is paid: %s (R77)', async (param, call) => {
    const { status, error } = await call()
    expect([status, error]).toEqual([400, expect.objectContaining({ code: 'context_length_exceeded', param })])
    expect(error['message']).toMatch(/maximum context length is 20 prompt tokens.*about (2[1-9]|[3-9]\d|1\d\d)\./)
    expect(provider.requests).toEqual([])
  })

  test('do not count the text of the entry', async () => {
    expect((await chat('short', { messages: [{ role: 'user', content: 'Soup' }] })).status).toBe(200)
  })
})
