import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'

const answer = JSON.stringify({
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
})

let folder: string
let gateway: BuiltGateway | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spans-'))
})

afterEach(async () => {
  await gateway?.close()
  gateway = undefined
  await rm(folder, { recursive: true })
})

/** Sends a call to a function with these variables and returns its spans. Waits for them for at most `waitMs` milliseconds. */
const readSpans = async (environment: Record<string, string>, waitMs: number): Promise<string> => {
  const spans = join(folder, 'spans.jsonl')
  gateway = await builtGateway({
    answer: () => ({ body: [answer] }),
    environment: { SPANS_FILE: spans, ...environment },
  })
  expect((await gateway.call({})).status).toBe(200)
  const deadline = Date.now() + waitMs
  const readFile = (): string => (existsSync(spans) ? readFileSync(spans, 'utf8') : '')
  while (!readFile().includes('chat m') && Date.now() < deadline) await new Promise((done) => setTimeout(done, 20))
  return readFile()
}

describe('a built function', () => {
  test('creates a span for a call with the module of the deployer', async () => {
    const spans = await readSpans({ TRACING_MODULE: resolve('tests/fixtures/tracing/spans-to-file.cjs') }, 15_000)
    expect(
      spans
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toContainEqual(
      expect.objectContaining({
        name: 'chat m',
        attributes: expect.objectContaining({ 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.output_tokens': 2 }),
        events: ['auth', 'body', 'route', 'first_byte', 'record'],
      }),
    )
  })

  test('replies without tracing, and logs the reason, if the module is missing (R75)', async () => {
    expect(await readSpans({ TRACING_MODULE: '/opt/none.cjs' }, 500)).toBe('')
    expect(gateway?.built.log.join()).toContain('tracing_unavailable')
  })

  test('loads no tracing if no module is set', async () => {
    expect(await readSpans({}, 500)).toBe('')
    expect(gateway?.built.log.join()).not.toContain('tracing')
  })

  test('contains no code of OpenTelemetry (R75)', () => {
    const files = readdirSync('dist/functions', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    )
    expect(files.length).toBeGreaterThan(8)
    for (const file of files) {
      expect(readFileSync(join('dist/functions', file), 'utf8')).not.toMatch(/opentelemetry\.js\.api|@opentelemetry\//)
    }
  })
})
