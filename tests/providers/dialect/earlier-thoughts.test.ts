import { expect, test } from '@jest/globals'
import { json, type ScriptedProvider, scriptedProvider } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../../support/call-provider.ts'

const answer = json({ choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }] })

/** Calls a provider with messages, and returns those that it received. */
const send = async (providerName: string, messages: readonly object[], fields = {}): Promise<unknown> => {
  const provider: ScriptedProvider = await scriptedProvider(() => answer)
  try {
    await caller()(routeTo(provider.url, { provider: providerName }), { messages, ...fields })
    return provider.requests[0]?.body['messages']
  } finally {
    await provider.close()
  }
}

const user = { role: 'user', content: 'hi' }
const call = { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f' } }] }
const result = { role: 'tool', tool_call_id: 'a', content: '1' }
const spoken = { role: 'assistant', content: 'one' }

test.each(['deepseek', 'kimi', 'moonshot', 'xiaomi_mimo'])(
  'gives %s, which demands thoughts with tool calls, a placeholder for those that the client lost',
  async (provider) => {
    expect(await send(provider, [user, call, result, spoken, user])).toEqual([
      user,
      { ...call, reasoning_content: ' ' },
      result,
      { ...spoken, reasoning_content: ' ' },
      user,
    ])
  },
)

test('keeps the thoughts that the client sends, also under their other name', async () => {
  const messages = [
    user,
    { ...call, reasoning_content: 'one is due' },
    result,
    { ...spoken, reasoning: 'so it is one' },
    { ...spoken, reasoning_content: '' },
  ]
  expect(await send('deepseek', messages)).toEqual([
    user,
    messages[1],
    result,
    { ...messages[3], reasoning_content: 'so it is one' },
    { ...spoken, reasoning_content: ' ' },
  ])
})

test('leaves a conversation without tool calls as it is', async () => {
  const messages = [user, { ...spoken, reasoning_content: 'x' }, user, spoken, user]
  expect(await send('deepseek', messages)).toEqual(messages)
})

test.each(['groq', 'cerebras', 'mistral', 'codestral'])(
  'takes from %s, which refuses thoughts, those of earlier turns',
  async (provider) => {
    const thoughts = { reasoning_content: 'a', reasoning: 'b', reasoning_details: [{ text: 'c' }] }
    expect(await send(provider, [user, { ...call, ...thoughts }, result, { ...spoken, ...thoughts }])).toEqual([
      user,
      call,
      result,
      spoken,
    ])
  },
)

test.each(['qwen', 'zhipu', 'openai', 'mine'])(
  'passes the thoughts of earlier turns to %s unchanged',
  async (provider) => {
    const messages = [user, { ...call, reasoning_content: 'a' }, result, spoken]
    expect(await send(provider, messages)).toEqual(messages)
  },
)

test('translates a wish about thinking in the same call', async () => {
  const provider = await scriptedProvider(() => answer)
  await caller()(routeTo(provider.url, { provider: 'deepseek' }), {
    messages: [user, call, result],
    reasoning_effort: 'none',
  })
  expect(provider.requests[0]?.body).toMatchObject({
    thinking: { type: 'disabled' },
    messages: [user, { ...call, reasoning_content: ' ' }, result],
  })
  expect(provider.requests[0]?.body).not.toHaveProperty('reasoning_effort')
  await provider.close()
})
