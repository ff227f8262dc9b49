import { describe, expect, test } from '@jest/globals'
import { sse } from '../../../testing/stand-ins/provider.ts'
import { answerInWire } from '../../support/answer-in-wire.ts'
import { startWay, type Way, ways } from '../../support/coding-wires.ts'
import { readReply } from '../../support/read-reply.ts'

const check = (mode: 'window' | 'whole', more: Record<string, string> = {}) => ({
  ...{ MODERATION: 'words', MODERATION_WORDS: '禁止词语', MODERATION_ANSWERS: mode },
  ...more,
})

const filtered: Readonly<Record<Way['wire'], string>> = {
  messages: 'refusal',
  responses: 'incomplete content_filter',
}

const ended: Readonly<Record<Way['wire'], string>> = { messages: 'end_turn', responses: 'completed' }

describe('an answer with a listed word', () => {
  test.each(ways)(
    'ends in the words of the wire, without a character of it, and its provider is stopped: %s (R194)',
    async (_, way) => {
      const started = await startWay(way, {
        environment: check('window'),
        answer: (request) => {
          const { body = [] } = answerInWire(request, ['很好', '，禁止', '词语，然后'], true)
          return sse(...[...(body as Iterable<string>)].slice(0, -1), 'hang')
        },
      })
      const reply = await readReply(await started.post({ stream: true }))
      expect(reply).toMatchObject({ text: '很好', ending: filtered[way.wire], usage: { estimated: true } })
      await started.provider.requests[0]?.closed
      expect(started.records).toMatchObject([
        {
          metadata: {
            ...{ endpoint: way.wire, outcome: 'filtered' },
            safety: { verdict: 'block', part: 'answer', by: 'words' },
          },
        },
      ])
    },
  )

  test.each(ways)('reaches the client as the sentence of the owner, whole and streamed: %s', async (_, way) => {
    for (const stream of [false, true]) {
      const { post, records } = await startWay(way, {
        environment: check('whole', { MODERATION_REFUSAL: '抱歉，我不能回答。' }),
        answer: (request) => answerInWire(request, ['禁止', '词语']),
      })
      expect(await readReply(await post({ stream }))).toMatchObject({
        ...{ text: '抱歉，我不能回答。', ending: filtered[way.wire] },
      })
      expect(records).toMatchObject([{ metadata: { outcome: 'filtered' } }])
    }
  })
})

describe('an answer without one', () => {
  test.each(ways)(
    'reaches the client unchanged in both modes, and costs what the provider states: %s',
    async (_, way) => {
      for (const mode of ['window', 'whole'] as const)
        for (const stream of [false, true]) {
          const { post, records } = await startWay(way, {
            environment: check(mode),
            answer: (request) => answerInWire(request, ['很好', '，禁止', '吸烟']),
          })
          expect(await readReply(await post({ stream }))).toMatchObject({
            ...{ text: '很好，禁止吸烟', ending: ended[way.wire] },
            usage: { input_tokens: 10, output_tokens: 20 },
          })
          expect(records).toMatchObject([{ points: 3, metadata: { outcome: 'complete', safety: { verdict: 'pass' } } }])
        }
    },
  )
})

test.each(ways)('a thought is checked as the text is: %s', async (_, way) => {
  const { post, records } = await startWay(way, {
    environment: check('whole'),
    answer: () => ({
      headers: { 'content-type': 'application/json' },
      body: [
        JSON.stringify({
          choices: [{ index: 0, message: { reasoning_content: '禁止词语', content: '好' }, finish_reason: 'stop' }],
        }),
      ],
    }),
  })
  expect(await (await post()).text()).not.toContain('禁止词语')
  expect(records).toMatchObject([{ metadata: { outcome: 'filtered' } }])
})
