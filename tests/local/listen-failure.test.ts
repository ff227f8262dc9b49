import { describe, expect, test } from '@jest/globals'
import { toListenError } from '../../scripts/local/listen-failure.ts'

describe('a failure to listen', () => {
  test.each([
    ['EADDRINUSE', 3000, 'Port 3000 is in use. Stop the other program, or set PORT=3001 in .env or in the shell.'],
    ['EADDRINUSE', 65535, 'Port 65535 is in use. Stop the other program, or set PORT=3000 in .env or in the shell.'],
    ['EACCES', 80, 'Port 80 needs more rights than this user has. Set PORT=3000.'],
    ['EADDRNOTAVAIL', 3000, 'HOST=example is not an address of this machine. Set HOST=127.0.0.1.'],
    ['ENOTFOUND', 3000, 'HOST=example is not an address of this machine. Set HOST=127.0.0.1.'],
    ['EMFILE', 3000, 'Cannot listen on example, port 3000: too many open files.'],
  ])('shows the fix for %s on port %d', (code, port, message) => {
    const error = Object.assign(new Error('too many open files'), { code })
    expect(toListenError(error, { host: 'example', port }).message).toBe(message)
  })

  test('speaks Chinese', () => {
    const error = Object.assign(new Error(''), { code: 'EADDRINUSE' })
    expect(toListenError(error, { host: 'example', port: 3000 }, 'zh').message).toBe(
      '端口 3000 已被占用。请结束占用它的程序，或在 .env 或命令行中设置 PORT=3001。',
    )
  })
})
