import { describe, expect, test } from '@jest/globals'
import { toListenError } from '../../scripts/local/listen-failure.ts'

describe('a failure to listen', () => {
  test.each([
    ['EADDRINUSE', 3000, 'Port 3000 is in use. Stop the other program or start with PORT=3001.'],
    ['EADDRINUSE', 65535, 'Port 65535 is in use. Stop the other program or start with PORT=3000.'],
    ['EACCES', 80, 'Port 80 needs more rights than this user has. Start with PORT=3000.'],
    ['EADDRNOTAVAIL', 3000, 'HOST=example is not an address of this machine. Start with HOST=127.0.0.1.'],
    ['ENOTFOUND', 3000, 'HOST=example is not an address of this machine. Start with HOST=127.0.0.1.'],
    ['EMFILE', 3000, 'Cannot listen on example, port 3000: too many open files.'],
  ])('shows the fix for %s on port %d', (code, port, message) => {
    const error = Object.assign(new Error('too many open files'), { code })
    expect(toListenError(error, { host: 'example', port }).message).toBe(message)
  })
})
