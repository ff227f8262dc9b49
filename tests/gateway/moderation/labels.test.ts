import { expect, test } from '@jest/globals'
import { json, sse } from '../../../testing/stand-ins/provider.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }
const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
const messages = [{ role: 'user' as const, content: 'hello' }]
const chunk = `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: 'stop' }] })}\n\n`

test.each([false, true])(
  'names the record of generated text in a header (stream: %s), and says so in the record (R120)',
  async (stream) => {
    const answer = () => (stream ? sse(chunk, 'data: [DONE]\n\n') : json({ choices, usage }))
    const { url, records } = await startGuarded('chat/completions', answer)
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages, stream }),
    })
    await response.text()
    expect(response.headers.get('x-ai-generated')).toBe(`1; id=${records[0]?.request_id}`)
    expect(records[0]?.metadata['ai_generated']).toBe(true)
  },
)

test('labels neither vectors nor errors nor a sentence of the owner (R120)', async () => {
  const vectors = await startGuarded('embeddings', () => json({ data: [{ index: 0, embedding: [1] }], usage }))
  const vectorReply = await vectors.client.embeddings.create({ model: 'm', input: 'hi' }).withResponse()
  expect(vectorReply.response.headers.get('x-ai-generated')).toBeNull()
  const environment = { MODERATION: 'words', MODERATION_WORDS: 'hello', MODERATION_REFUSAL: 'No.' }
  const { client, records } = await startGuarded('chat/completions', () => json({}), { environment })
  const { response } = await client.chat.completions.create({ model: 'm', messages }).withResponse()
  expect(response.headers.get('x-ai-generated')).toBeNull()
  expect(records[0]?.metadata['ai_generated']).toBeUndefined()
})
