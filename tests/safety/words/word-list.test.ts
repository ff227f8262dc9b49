import { expect, test } from '@jest/globals'
import { finishWork } from '../../../shared/runtime/slices.ts'
import { parseWordList } from '../../../shared/safety/words/word-list.ts'

const parse = (text: string) => finishWork(parseWordList(text, 'F'))

test('reads one word a line, with the labels of headings, without comments and blank lines', () => {
  const text = '\uFEFF# words of ours\r\n\n 坏词 \n#tag\n[ads]\nbuy now\n'
  expect(parse(text).value).toEqual([
    { text: '坏词', label: 'words' },
    { text: '#tag', label: 'words' },
    { text: 'buy now', label: 'ads' },
  ])
})

test.each([
  ['', 'F holds no word.'],
  ['\uFEFF', 'F holds no word.'],
  ['# only this\n[label]\n', 'F holds no word.'],
  [`a\r\n\r${'x'.repeat(65)}\n`, 'F, line 3: a word has at most 64 characters.'],
  ['a\n'.repeat(200_001), 'F has 200001 words. At most 200000 are allowed.'],
  [`${'x'.repeat(64)}\n`.repeat(15_626), 'F has 1000064 characters. At most 1000000 are allowed.'],
])('refuses %j', (text, problem) => {
  expect(parse(text).problem).toContain(problem)
})

test('quotes no word in a problem', () => {
  expect(parse(`secret${'x'.repeat(65)}`).problem).not.toContain('secret')
})
