import { expect, test } from '@jest/globals'
import { createChoiceState } from '../../../shared/providers/normalize/choice-state.ts'
import { getText } from '../../../shared/providers/normalize/choices.ts'
import { normalize } from '../../../shared/providers/normalize/normalize.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'

const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm ' }], closed: true }
const deep = JSON.parse(`${'[{"thinking":'.repeat(2_000)}"x"${'}]'.repeat(2_000)}`)

/** The text of the choices of a chunk, when they are in normal form. */
const getTexts = (choices: JsonObject[]): string[] => {
  const texts: string[] = []
  normalize(
    { choices },
    {
      form: 'chunk',
      operation: 'chat/completions',
      context: { object: 'chat.completion.chunk', identity: { id: 'c', created: 1, model: 'm' }, usage: undefined },
      getToolNames: () => [],
      getState: createChoiceState,
      fail: (word) => {
        throw new Error(word)
      },
      onChoice: (choice) => texts.push(getText(choice, 'chat/completions')) > 0,
    },
  )
  return texts
}

test.each([
  ['text', { delta: { content: 'a' } }, 'a'],
  ['the parts of a thought and an answer', { delta: { content: [thinking, { type: 'text', text: 'yes' }] } }, 'yeshm '],
  ['the parts of a whole message', { message: { content: [thinking, { type: 'text', text: 'yes' }] } }, 'yeshm '],
  ['a thought that is a string', { delta: { content: [{ type: 'thinking', thinking: 'hm' }] } }, 'hm'],
  ['parts of no known kind', { delta: { content: [null, { type: 'image', url: 'x' }] } }, '.'],
  ['parts that are strings', { delta: { content: ['a', 'b'] } }, 'ab'],
  ['parts without a bottom', { delta: { content: deep } }, '.'],
  ['a function called in the old way', { delta: { function_call: { name: 'f', arguments: '{"a":1}' } } }, 'f{"a":1}'],
  ['a function', { delta: { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{' } }] } }, 'f{'],
  ['a custom tool', { message: { tool_calls: [{ type: 'custom', custom: { name: 'f', input: 'in' } }] } }, 'fin'],
  ['what is said aloud', { delta: { audio: { id: 'a', transcript: 'hi' } } }, 'hi'],
  ['a sound without its words', { delta: { audio: { data: 'UklGRg==' } } }, '.'],
  ['a picture', { delta: { content: '', images: [{ image_url: { url: 'data:image/png;base64,AA' } }] } }, '.'],
  ['a thought under both its names (vLLM)', { delta: { reasoning: 'hm', reasoning_content: 'hm' } }, 'hm'],
  [
    'a thought in parts under both its names',
    { message: { reasoning: [thinking], reasoning_content: [thinking] } },
    'hm ',
  ],
  ['a thought under its newer name', { delta: { reasoning: 'hm', reasoning_content: null, content: '' } }, 'hm'],
  ['nothing but a role', { delta: { role: 'assistant', content: '', tool_calls: [], refusal: null, audio: {} } }, ''],
  ['a delta beside a message that is null', { message: null, delta: { content: 'a' } }, 'a'],
  ['an empty text beside a delta', { text: '', delta: { content: 'a' } }, 'a'],
])('extracts the text of a choice: %s', (_name, choice, text) => {
  expect(getTexts([choice])).toEqual([text])
})
