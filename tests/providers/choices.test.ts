import { expect, test } from '@jest/globals'
import { textOf } from '../../shared/providers/choices.ts'

const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm ' }], closed: true }
const deep = JSON.parse(`${'[{"thinking":'.repeat(2_000)}"x"${'}]'.repeat(2_000)}`)

test.each([
  ['text', { delta: { content: 'a' } }, 'a'],
  ['the parts of a thought and an answer', { delta: { content: [thinking, { type: 'text', text: 'yes' }] } }, 'hm yes'],
  ['the parts of a whole message', { message: { content: [thinking, { type: 'text', text: 'yes' }] } }, 'hm yes'],
  ['a thought that is a string', { delta: { content: [{ type: 'thinking', thinking: 'hm' }] } }, 'hm'],
  ['parts of no known kind', { delta: { content: [null, 'a', 1, { type: 'image', url: 'x' }] } }, ''],
  ['parts without a bottom', { delta: { content: deep } }, ''],
])('the text of a choice: %s', (_name, choice, text) => {
  expect(textOf(choice)).toBe(text)
})
