import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Block, parseMarkdown, type Span } from '../../web/parts/markdown/parse-markdown.ts'

const text = (words: string): Span => ({ kind: 'text', text: words })
const paragraph = (...spans: Span[]): Block => ({ kind: 'paragraph', spans })

/** All characters of a parsed text, without blanks. */
const collect = (blocks: readonly Block[]): string =>
  blocks
    .map((block) => {
      if (block.kind === 'list') return block.items.map(collect).join('')
      if (block.kind === 'quote') return collect(block.blocks)
      if (block.kind === 'table')
        return [block.head, ...block.rows]
          .flat(2)
          .map((span) => span.text)
          .join('')
      if (block.kind === 'code') return block.text
      return block.kind === 'rule' ? '' : block.spans.map((span) => span.text).join('')
    })
    .join('')
    .replace(/\s/g, '')

describe('Markdown', () => {
  test.each<[string, Block[]]>([
    ['你好\n世界', [paragraph(text('你好\n世界'))]],
    ['a\n\nb', [paragraph(text('a')), paragraph(text('b'))]],
    [
      '用 `a<b` 和 **粗体**。',
      [
        paragraph(
          text('用 '),
          { kind: 'code', text: 'a<b' },
          text(' 和 '),
          { kind: 'strong', text: '粗体' },
          text('。'),
        ),
      ],
    ],
    ['## 标题', [{ kind: 'heading', level: 2, spans: [text('标题')] }]],
    ['```js\nlet a\n\n# b\n```\nc', [{ kind: 'code', language: 'js', text: 'let a\n\n# b' }, paragraph(text('c'))]],
    ['```\nhalf', [{ kind: 'code', language: '', text: 'half' }]],
    ['````\n```\n````', [{ kind: 'code', language: '', text: '```' }]],
    ['- a\n- b', [{ kind: 'list', start: undefined, items: [[paragraph(text('a'))], [paragraph(text('b'))]] }]],
    ['3. a\n4. b', [{ kind: 'list', start: 3, items: [[paragraph(text('a'))], [paragraph(text('b'))]] }]],
    [
      '1. a\n   - b\n\n2. c',
      [
        {
          kind: 'list',
          start: 1,
          items: [
            [paragraph(text('a')), { kind: 'list', start: undefined, items: [[paragraph(text('b'))]] }],
            [paragraph(text('c'))],
          ],
        },
      ],
    ],
    ['---', [{ kind: 'rule' }]],
    [
      '> 一\n>\n> - 二\n\n三',
      [
        {
          kind: 'quote',
          blocks: [paragraph(text('一')), { kind: 'list', start: undefined, items: [[paragraph(text('二'))]] }],
        },
        paragraph(text('三')),
      ],
    ],
    [
      'a\n| 名 | 价 |\n|:-:|---:|\n| `x\\|y` | **9** |\n| 多 | 1 | 2 |\nb',
      [
        paragraph(text('a')),
        {
          kind: 'table',
          sides: ['center', 'end'],
          head: [[text('名')], [text('价')]],
          rows: [
            [[{ kind: 'code', text: 'x|y' }], [{ kind: 'strong', text: '9' }]],
            [[text('多')], [text('1')], [text('2')]],
          ],
        },
        paragraph(text('b')),
      ],
    ],
    ['a | b\n--|--', [{ kind: 'table', sides: [undefined, undefined], head: [[text('a')], [text('b')]], rows: [] }]],
    ['| a | b |\n| --', [paragraph(text('| a | b |\n| --'))]],
    ['a | b', [paragraph(text('a | b'))]],
    ['<img src=x onerror=alert(1)>', [paragraph(text('<img src=x onerror=alert(1)>'))]],
    ['[a](javascript:alert(1))', [paragraph(text('[a](javascript:alert(1))'))]],
    ['2 * 3 ** 4', [paragraph(text('2 * 3 ** 4'))]],
  ])('%j', (source, blocks) => {
    expect(parseMarkdown(source)).toEqual(blocks)
  })

  test('loses no word, whatever a model writes', () => {
    const piece = fc.constantFrom('- ', '1. ', '> ', '\n', '\n\n', '  ', '    ', 'a', '你', '*', '<b>', '|', '---', ':')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const source = pieces.join('')
        const words = /[a你<b]/g
        const kept = collect(parseMarkdown(source)).match(words) ?? []
        expect(kept.join('')).toBe((source.match(words) ?? []).join(''))
      }),
    )
  })

  test.each([
    '- '.repeat(5_000),
    '> '.repeat(5_000),
    '`'.repeat(20_000),
    '**a'.repeat(10_000),
    '1. a\n'.repeat(5_000),
    '|'.repeat(20_000),
    '|a|\n|-|\n'.repeat(5_000),
  ])('is read without failure when it repeats: %#', (source) => {
    expect(parseMarkdown(source).length).toBeGreaterThan(0)
  })
})
