import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import {
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
} from '../../testing/stand-ins/provider.ts'
import { findTypeProblems, type TypedReply } from '../support/openai-types.ts'
import { readStream } from '../support/read-stream.ts'

/** A provider: `dialect.json` and the recorded responses in `tests/fixtures/providers/<folder>/`. */
interface Dialect {
  readonly folder: string
  /** Its name in the model map. */
  readonly provider: string
  /** The path of its chat endpoint. */
  readonly path: string
  /** The path of the base URL in the model map. Default: `path` without `/chat/completions`. */
  readonly base?: string
  readonly keyHeader?: 'api-key'
  /** The status with which it rejects `stream_options`. */
  readonly refuses?: number
  /** Whether its streams contain no usage. */
  readonly silent?: true
  /** The status of its `error.json`, and the status and code of our reply. */
  readonly error: { readonly sent: number; readonly status: number; readonly code: string }
}

const providers = 'tests/fixtures/providers'

const fixture = (folder: string, file: string): Buffer => readFileSync(join(providers, folder, file))

const dialects = readdirSync(providers).map(
  (folder): Dialect => ({ folder, ...JSON.parse(fixture(folder, 'dialect.json').toString()) }),
)

const text = '你好，世界！'
const key = 'sk-test-0123456789abcdef'
const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 }
const typed: TypedReply[] = []

let provider: ScriptedProvider
let chat: StartedFunction
let directory: string

/** Plays all providers: the first segment of the path names the provider, and the prompt names the response. */
const answer = ({ path, body }: ReceivedRequest): Script => {
  const folder = path.split('/')[1] ?? ''
  const dialect = dialects.find((row) => row.folder === folder)
  const wish = (body['messages'] as [{ content: string }])[0].content
  const headers = { 'content-type': 'application/json' }
  if (dialect?.refuses && body['stream_options']) {
    return { status: dialect.refuses, headers, body: [fixture(folder, 'refused.json')] }
  }
  if (wish === 'error') return { status: dialect?.error.sent ?? 500, headers, body: [fixture(folder, 'error.json')] }
  if (body['stream'] !== true) return { body: [fixture(folder, 'chat.json')] }
  const file = wish === 'tools' ? 'tools.sse' : 'chat.sse'
  return { headers: { 'content-type': 'text/event-stream' }, body: [fixture(folder, file)] }
}

const call = (model: string, body: object): Promise<Response> =>
  fetch(`${chat.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }], ...body }),
  })

const records = (): { model: string; usage: { total_tokens: number }; metadata: { estimated: boolean } }[] =>
  readFileSync(join(directory, 'usage.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

const lastRequest = (folder: string): ReceivedRequest | undefined =>
  provider.requests.findLast(({ path }) => path.startsWith(`/${folder}/`))

beforeAll(async () => {
  provider = await scriptedProvider(answer)
  directory = mkdtempSync(join(tmpdir(), 'dialects-'))
  const map = Object.fromEntries(
    dialects.map(({ folder, provider: name, path, base = path.replace('/chat/completions', '') }) => [
      folder,
      { provider: name, api_base: `${provider.url}/${folder}${base}`, api_key: key },
    ]),
  )
  const mapFile = join(directory, 'map.json')
  writeFileSync(mapFile, JSON.stringify(map))
  chat = await startFunction('llm-chat-completions', {
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP_FILE: mapFile,
    USAGE_STORE: 'file',
    USAGE_FILE: join(directory, 'usage.jsonl'),
  })
})

afterAll(async () => {
  await chat.stop()
  await provider.close()
  rmSync(directory, { recursive: true })
})

describe.each(dialects)('$folder', ({ folder, path, keyHeader, silent, error }) => {
  test('streams the text under one id, without usage, and ends with one [DONE]', async () => {
    const response = await call(folder, { stream: true })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const stream = readStream(await response.text())
    expect(stream.text).toBe(text)
    expect([stream.dones, stream.endsWithDone]).toEqual([1, true])
    expect(new Set(stream.events.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1)
    expect(stream.events.every(({ choices, usage: given }) => choices?.length === 1 && !given)).toBe(true)
    const reasons = stream.events.map(({ choices }) => choices?.[0]?.finish_reason)
    expect(reasons.filter(Boolean)).toEqual(['stop'])
    expect(stream.events[0]?.choices?.[0]?.delta?.role).toBe('assistant')
    typed.push(
      ...stream.events.map((value) => ({ name: `${folder}, a chunk`, type: 'OpenAI.ChatCompletionChunk', value })),
    )
  })

  test('sends usage in a last chunk of its own to a client that asks for it, and null before', async () => {
    const response = await call(folder, { stream: true, stream_options: { include_usage: true } })
    const stream = readStream(await response.text())
    const chunks = stream.events.slice(0, -1)
    expect(stream.text).toBe(text)
    expect(chunks.every((chunk) => chunk.usage === null && chunk.choices?.length === 1)).toBe(true)
    const counted = records().at(-1)?.usage
    expect(stream.events.at(-1)).toMatchObject({
      choices: [],
      usage: silent ? { ...counted, estimated: true } : usage,
    })
    expect(stream.endsWithDone).toBe(true)
    typed.push(
      ...stream.events.map((value) => ({ name: `${folder}, a chunk`, type: 'OpenAI.ChatCompletionChunk', value })),
    )
  })

  test('replies with the text and the usage in one document', async () => {
    const response = await call(folder, {})
    const value = await response.json()
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(value).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: text } }], usage })
    typed.push({ name: `${folder}, whole`, type: 'OpenAI.ChatCompletion', value })
  })

  test('calls the provider at its path, with the key in its header', async () => {
    await (await call(folder, {})).text()
    const request = lastRequest(folder)
    expect(request?.path).toBe(`/${folder}${path}`)
    expect(request?.headers[keyHeader ?? 'authorization']).toBe(keyHeader ? key : `Bearer ${key}`)
    expect(request?.headers['accept-encoding']).toBe('identity')
  })

  test.each([true, false])('converts the error of the provider into its status (stream: %s)', async (stream) => {
    const response = await call(folder, { stream, messages: [{ role: 'user', content: 'error' }] })
    const body = (await response.json()) as { error: { message: string; code: string } }
    expect([response.status, body.error.code]).toEqual([error.status, error.code])
    expect(response.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
    expect(body.error.message.length).toBeGreaterThan(10)
    expect(body.error.message).not.toMatch(/sk-|\*\*|https?:|127\.0\.0\.1|org[-_]\w|100012345678|021757300000000/)
  })

  test('bills the usage of the provider, streamed or whole', () => {
    const mine = records().filter(({ model }) => model === folder)
    const stated = mine.filter(({ metadata }) => !metadata.estimated)
    expect(mine.length).toBe(4)
    expect(stated.length).toBe(silent ? 2 : 4)
    expect(stated.every((record) => record.usage.total_tokens === 17)).toBe(true)
  })
})

test('adds indexes and the finish reason tool_calls to the tool calls of Gemini', async () => {
  const response = await call('gemini', { stream: true, messages: [{ role: 'user', content: 'tools' }] })
  const { events } = readStream(await response.text())
  const calls = events.flatMap(({ choices }) => choices?.[0]?.delta?.tool_calls ?? [])
  expect(calls).toMatchObject([
    { index: 0, id: 'call_a', extra_content: { google: { thought_signature: 'Cs4B' } } },
    { index: 1, id: 'call_b' },
  ])
  expect(events.at(-1)?.choices?.[0]?.finish_reason).toBe('tool_calls')
})

test.each(['groq', 'mistral'])('does not send stream_options again after %s has rejected it once', (folder) => {
  const asked = provider.requests.filter(
    (request) => request.path.startsWith(`/${folder}/`) && request.body['stream_options'] !== undefined,
  )
  expect(asked.length).toBe(1)
})

test('treats an unknown provider with a base URL as OpenAI with one warning, and rejects one without by name', async () => {
  const acme = { provider: 'acme', api_base: `${provider.url}/openai/v1`, api_key: key }
  const map = { one: acme, two: acme, none: { provider: 'acme-2', api_key: key } }
  const other = await startFunction('llm-chat-completions', {
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify(map),
  })
  const messages = [{ role: 'user', content: 'hi' }]
  const statuses: number[] = []
  for (const model of ['one', 'two', 'none']) {
    const body = JSON.stringify({ model, messages })
    statuses.push((await fetch(`${other.url}/v1/chat/completions`, { method: 'POST', body })).status)
  }
  await other.stop()
  expect(statuses).toEqual([200, 200, 503])
  const lines = other.log.map((line) => JSON.parse(line) as { level: string; model?: string; provider?: string })
  const reported = lines.filter(({ level }) => level === 'warn' || level === 'error')
  expect(reported.filter((line) => line.provider === 'acme').length).toBe(1)
  expect(reported.filter((line) => line.model === 'none')).toEqual([
    expect.objectContaining({ reason: expect.stringContaining("'acme-2' is not known") }),
  ])
})

test('sends only replies that match the types of the openai package', () => {
  expect(typed.length).toBeGreaterThan(100)
  expect(findTypeProblems(typed)).toEqual([])
})
