import { describe, expect, test } from '@jest/globals'
import { json, type Script, sse } from '../../../testing/stand-ins/provider.ts'
import { startWay } from '../../support/coding-wires.ts'

const native = { wire: 'messages', isNative: true } as const
const prices = { input_price_per_1m: '2', output_price_per_1m: '8', search_price_per_1k: '70' }
const searching = { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 5 }] }

const usage = { input_tokens: 1_000, output_tokens: 500, server_tool_use: { web_search_requests: 3 } }
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' }

const whole: Script = json({ ...message, content: [{ type: 'text', text: 'Found.' }], stop_reason: 'end_turn', usage })

/** The provider states its searches at the end only, as Anthropic does. */
const streamed: Script = sse(
  ...[
    { type: 'message_start', message: { ...message, content: [], usage: { input_tokens: 1_000, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'server_tool_use', id: 's', name: 'web_search' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: 'Found.' } },
    { type: 'content_block_stop', index: 1 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
    { type: 'message_stop' },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
)

describe('the searches that a provider runs and states', () => {
  test.each([
    ['whole', whole],
    ['streamed', streamed],
  ])('are a unit of the record, and are charged at their price: %s (R196)', async (how, script) => {
    const { post, records } = await startWay(native, { answer: () => script, entry: prices })
    await (await post({ ...searching, stream: how === 'streamed' })).text()
    expect(records).toMatchObject([
      // 0.002 + 0.004 yuan for tokens, 0.21 yuan for searches; 500 points are a yuan.
      {
        points: 108,
        metadata: { cost_cny: '0.216', units: { input: 1_000, output: 500, search: 3 }, estimated: false },
      },
    ])
  })

  test('are a unit of the record and cost nothing if the entry has no price for them', async () => {
    const { search_price_per_1k: _, ...entry } = prices
    const { post, records } = await startWay(native, { answer: () => whole, entry })
    await (await post(searching)).text()
    expect(records).toMatchObject([{ points: 3, metadata: { cost_cny: '0.006', units: { search: 3 } } }])
  })
})
