import { describe, expect, test } from '@jest/globals'
import { startWay, ways } from '../../support/coding-wires.ts'

const responses = ways.filter(([, { wire }]) => wire === 'responses')

const user = { role: 'user', content: 'hi' }
const ls = { type: 'function', name: 'ls', parameters: { type: 'object', properties: {} } }

/** Sends a request, and resolves with the field of its log line. */
const send = async (way: (typeof ways)[number][1], body: object): Promise<unknown> => {
  const { post, lines } = await startWay(way)
  expect((await post(body)).status).toBe(200)
  const find = () => lines.find(({ event }) => event === 'request')
  while (!find()) await new Promise((resolve) => setTimeout(resolve, 5))
  return find()?.fields['left_out']
}

describe('the log line of a request', () => {
  test.each(responses)('names the tools and items that were left out, each once: %s', async (_, way) => {
    const tools = [{ type: 'web_search' }, ls, { type: 'mcp', server_label: 'secret words' }, { type: 'web_search' }]
    const namespace = { type: 'namespace', name: 'fs', tools: [ls] }
    const input = [
      { type: 'additional_tools', tools: [{ type: 'image_generation' }] },
      { type: 'web_search_call', id: 'ws_1', action: { query: 'secret words' } },
      { type: 'function_call', call_id: 'a', name: 'ls', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: '' },
      { type: 'compaction', encrypted_content: 'x' },
      user,
    ]
    expect(await send(way, { tools: [...tools, namespace], input })).toBe(
      'web_search,mcp,image_generation,web_search_call,compaction',
    )
  })

  test.each(responses)('names the tools that were left out of a group: %s', async (_, way) => {
    const group = { type: 'namespace', name: 'fs', tools: [ls, { type: 'web_search' }] }
    expect(await send(way, { tools: [group] })).toBe('web_search')
  })

  test('repeats no words of a client, and names twenty types at most', async () => {
    const [, way] = responses[0] as (typeof ways)[number]
    const tools = [{ type: 'a secret sentence' }, ...Array.from({ length: 30 }, (_, index) => ({ type: `t${index}` }))]
    const named = String(await send(way, { tools }))
    expect(named.split(',')).toHaveLength(20)
    expect(named).toMatch(/^unknown,t0,t1,/)
  })

  test.each(ways)('names nothing if all was sent: %s', async (_, way) => {
    const own = { name: 'ls', input_schema: { type: 'object' } }
    const given = { messages: { tools: [own] }, responses: { tools: [ls], input: [user] } }[way.wire]
    expect(await send(way, given)).toBeUndefined()
  })
})
