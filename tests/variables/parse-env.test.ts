import { parseEnv as nodeParseEnv } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseEnv } from '../../scripts/variables/parse-env.ts'

const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/)
const characters = fc.constantFrom('a', 'Z', '0', ' ', '=', '#', '\\', 'n', '$', '{', '"', "'", '`', '云')
const inner = fc.string({ unit: fc.oneof(characters, fc.constant('\n')), maxLength: 12 })
const bare = fc.string({ unit: characters, maxLength: 12 }).filter((text) => !/^\s*["'`]/.test(text))
const quoted = fc
  .tuple(inner, fc.constantFrom('"', "'", '`'))
  .map(([text, quote]) => quote + text.replaceAll(quote, '') + quote)
const comment = fc.constantFrom('', ' # a comment')
const variable = fc
  .tuple(fc.constantFrom('', 'export '), name, fc.oneof(bare, quoted), comment)
  .map(([prefix, key, value, note]) => `${prefix}${key}=${value}${note}`)
/** The last line is plain: Node 20.20 misreads a comment and an empty value at the end of a file. */
const file = fc
  .tuple(fc.array(fc.oneof(variable, fc.constantFrom('', '# a comment', '#A=b'))), fc.constantFrom('\n', '\r\n'))
  .map(([lines, lineEnd]) => [...lines, 'LAST=line', ''].join(lineEnd))

describe('the parser of .env files', () => {
  test('reads the same variables as Node itself', () => {
    fc.assert(fc.property(file, (text) => expect(parseEnv(text)).toEqual({ ...nodeParseEnv(text) })))
  })

  test.each([
    ['a bare value', 'A=b c', { A: 'b c' }],
    ['blanks around the equals sign', '  A = b ', { A: 'b' }],
    ['an empty value', 'A=\nB=b', { A: '', B: 'b' }],
    ['a comment behind a value', 'A=b # c', { A: 'b' }],
    ['a # in quotes', "A='b # c'", { A: 'b # c' }],
    ['a value over two lines', 'A="b\nC=c"\nD=d', { A: 'b\nC=c', D: 'd' }],
    ['a line feed in double quotes', 'A="b\\nc"\nB=\'b\\nc\'', { A: 'b\nc', B: 'b\\nc' }],
    ['export before a name', 'export A=b', { A: 'b' }],
    ['Windows line ends', 'A=a\r\nB="b"\r\n', { A: 'a', B: 'b' }],
    ['a line without an equals sign', 'nonsense\nA=b', { A: 'b' }],
  ])('reads %s', (_, text, values) => {
    expect(parseEnv(text)).toEqual(values)
  })
})
