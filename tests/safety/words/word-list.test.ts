import { expect, test } from '@jest/globals'
import { parseWordList } from '../../../shared/safety/words/word-list.ts'

test('reads one word a line, with the labels of headings, without comments and blank lines', () => {
  const text = '\uFEFF# words of ours\r\n\n 坏词 \n#tag\n[ads]\nbuy now\n'
  expect(parseWordList(text, 'F').value).toEqual([
    { text: '坏词', label: 'words' },
    { text: '#tag', label: 'words' },
    { text: 'buy now', label: 'ads' },
  ])
})

test.each([
  ['', 'F holds no word.'],
  ['# only this\n[label]\n', 'F holds no word.'],
  [`a\n${'x'.repeat(65)}`, 'F, line 2: a word has at most 64 characters.'],
])('refuses %j', (text, problem) => {
  expect(parseWordList(text, 'F').problem).toContain(problem)
})

test('quotes no word in a problem', () => {
  expect(parseWordList(`secret${'x'.repeat(65)}`, 'F').problem).not.toContain('secret')
})
