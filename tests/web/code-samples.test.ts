import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ChatRequest } from '../../web/parts/gateway/stream-chat.ts'
import { sampleLanguages, writeSample } from '../../web/playground/code-samples.ts'

const base = 'http://127.0.0.1:3000/'
const request: ChatRequest = { model: 'tiny', messages: [{ role: 'user', content: 'it\'s `$HOME` "你好" \\' }] }

/** Removes the quoting of a word as a POSIX shell does for single quotes. */
const unquote = (word: string): string => word.replaceAll("'\\''", "'")

describe('code samples', () => {
  test('carry any text unchanged through the shell in curl', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (content) => {
        const sample = writeSample('curl', { base }, { model: 'tiny', messages: [{ role: 'user', content }] })
        const body = sample.slice(sample.indexOf("-d '") + 4, -1)
        expect(JSON.parse(unquote(body)).messages).toEqual([{ role: 'user', content }])
      }),
    )
  })

  test.each(sampleLanguages)('name the address, the model and the message in %s', (language) => {
    const sample = writeSample(language, { base }, request)
    expect(sample).toContain('http://127.0.0.1:3000/v1')
    expect(sample).toContain('"tiny"')
    expect(sample).toContain('你好')
  })

  test.each(sampleLanguages)('name the variable of the credential in %s, never its value', (language) => {
    for (const [kind, variable] of [
      ['token', 'GATEWAY_TOKEN'],
      ['adminKey', 'GATEWAY_ADMIN_KEY'],
    ] as const) {
      const sample = writeSample(language, { base, credential: { kind, value: 'secret-value' } }, request)
      expect(sample).toContain(variable)
      expect(sample).not.toContain('secret-value')
    }
  })
})
