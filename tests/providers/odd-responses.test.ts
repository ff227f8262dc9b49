import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { getCachedTokens } from '../../shared/protocol/cached-tokens.ts'
import { parseCall } from '../../shared/protocol/call.ts'
import type { Usage } from '../../shared/protocol/usage.ts'
import { requireStrictCompletion, requireStrictStream } from '../../testing/fuzz/strict-client.ts'
import { readAsClient } from '../../testing/rig/read-as-client.ts'
import { oddResponses } from '../../testing/stand-ins/odd-responses/all.ts'
import type { Reading } from '../../testing/stand-ins/odd-responses/odd-response.ts'
import { type Script, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { createTestProvider, makeCallOptions, routeTo } from '../support/call-provider.ts'

/** The strictest client reads each odd response, or gets a proper error, whatever it asks for. */

let provider: ScriptedProvider
let script: Script

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
})

afterAll(() => provider.close())

const offered = ['weather', 'search'].map((name) => ({ type: 'function', function: { name } }))
const noUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

interface Read {
  readonly content: string | null
  readonly thought: string
  readonly calls: readonly (readonly [string, string])[]
  readonly reason: string
  readonly usage: Usage | undefined
}

interface MessageFields {
  readonly content: string | null
  readonly reasoning_content?: string
  readonly tool_calls?: readonly { readonly function: { readonly name: string; readonly arguments: string } }[]
}

const send = createTestProvider()

const ask = async (given: Script, stream: boolean): Promise<Read> => {
  script = given
  const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], tools: offered, stream }
  const call = parseCall('chat/completions', Buffer.from(JSON.stringify(body)))
  const answer = await send(routeTo(provider.url), call, makeCallOptions())
  if (answer.kind === 'whole') {
    const reply = answer.toBody(noUsage)
    requireStrictCompletion(reply)
    return toRead(JSON.parse(reply).choices, answer.usage)
  }
  const client = new PassThrough()
  const reading = text(client)
  const end = await answer.pipeTo(client)
  client.end(end.error ? '' : end.writeEnd(noUsage))
  if (end.error) throw end.error
  const reply = await reading
  await requireStrictStream(reply)
  const { choices } = await readAsClient(reply)
  const thought = [...reply.matchAll(/"reasoning_content":("(?:[^"\\]|\\.)*")/g)]
    .map(([, json]) => JSON.parse(String(json)))
    .join('')
  return { ...toRead(choices as never, end.usage), thought }
}

const toRead = (
  choices: readonly [{ message: MessageFields; finish_reason: string }],
  usage: Usage | undefined,
): Read => {
  expect(choices).toHaveLength(1)
  const [{ message, finish_reason: reason }] = choices
  const calls = (message.tool_calls ?? []).map(({ function: called }) => [called.name, called.arguments] as const)
  return { content: message.content, thought: message.reasoning_content ?? '', calls, reason, usage }
}

const expectRead = async (reading: Promise<Read>, reads: Reading): Promise<void> => {
  if ('status' in reads) {
    const thrown = await reading.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(thrown).toMatchObject(reads)
    return
  }
  const { content, thought, calls, reason, usage } = await reading
  const { text: said = '', thought: meant = '', calls: called = [] } = reads
  expect({ content: content ?? '', thought, calls, reason }).toEqual({
    content: said,
    thought: meant,
    calls: called,
    reason: reads.reason ?? (called.length > 0 ? 'tool_calls' : 'stop'),
  })
  if (!reads.usage) return
  const [prompt, output, total, cached = 0] = reads.usage
  expect(usage).toMatchObject({ prompt_tokens: prompt, completion_tokens: output, total_tokens: total })
  expect(usage && getCachedTokens(usage)).toBe(cached)
}

describe.each(oddResponses.map((odd) => [odd.title, odd] as const))('%s', (_title, { stream, whole, reads }) => {
  const scripts = [
    { form: 'events', given: stream },
    { form: 'a document', given: whole === stream ? undefined : whole },
  ]
  for (const { form, given } of scripts)
    for (const asked of ['a stream', 'a whole response'])
      if (given)
        test(`is read: ${form} for a call for ${asked} (R222)`, async () => {
          await expectRead(ask(given, asked === 'a stream'), reads)
        })
})
