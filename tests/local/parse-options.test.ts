import { describe, expect, test } from '@jest/globals'
import { parseOptions } from '../../scripts/local/parse-options.ts'

describe('the options of the local gateway', () => {
  test('are 127.0.0.1 and 3000 unless something is said', () => {
    const defaults = { development: false, host: '127.0.0.1', port: 3000 }
    expect(parseOptions([], {})).toEqual(defaults)
    expect(parseOptions([], { HOST: '', PORT: '' })).toEqual(defaults)
  })

  test('are what --dev, HOST and PORT say', () => {
    const said = { development: true, host: '::1', port: 0 }
    expect(parseOptions(['--dev'], { HOST: '::1', PORT: '0' })).toEqual(said)
  })

  test.each(['abc', '-1', '3000.5', '65536', '0x10', ' 80'])('refuse PORT=%s and say what to do', (port) => {
    const message = `PORT is '${port}', which is no port. Start with a number up to 65535, as in PORT=3000.`
    expect(() => parseOptions([], { PORT: port })).toThrow(message)
  })

  test('refuse an argument they do not know', () => {
    expect(() => parseOptions(['--prod'], {})).toThrow('Unknown argument --prod. There is one: --dev.')
  })
})
