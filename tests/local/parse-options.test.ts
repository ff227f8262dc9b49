import { describe, expect, test } from '@jest/globals'
import { parseAddress, parseFlags } from '../../scripts/local/parse-options.ts'

describe('the arguments of the local gateway', () => {
  test('switch development on and .env files off', () => {
    expect(parseFlags([])).toEqual({ development: false, envFiles: true })
    expect(parseFlags(['--dev', '--no-env-file'])).toEqual({ development: true, envFiles: false })
  })

  test('are rejected if they are unknown', () => {
    const message = 'Unknown argument --prod. The arguments are --dev and --no-env-file.'
    expect(() => parseFlags(['--prod'])).toThrow(message)
    expect(() => parseFlags(['--prod'], 'zh')).toThrow('未知参数 --prod。可用参数：--dev、--no-env-file。')
  })
})

describe('the address of the local gateway', () => {
  test('is 127.0.0.1 and 3000 by default', () => {
    expect(parseAddress({})).toEqual({ host: '127.0.0.1', port: 3000 })
    expect(parseAddress({ HOST: '', PORT: '' })).toEqual({ host: '127.0.0.1', port: 3000 })
  })

  test('comes from HOST and PORT', () => {
    expect(parseAddress({ HOST: '::1', PORT: '0' })).toEqual({ host: '::1', port: 0 })
  })

  test.each(['abc', '-1', '3000.5', '65536', '0x10', ' 80'])('rejects PORT=%s with the fix', (port) => {
    const message = `PORT is '${port}', which is not a port. Use a number up to 65535, as in PORT=3000.`
    expect(() => parseAddress({ PORT: port })).toThrow(message)
  })
})
