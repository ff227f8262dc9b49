import { expect, test } from '@jest/globals'
import { getBodyType } from '../../web/parts/gateway/stream-chat.ts'

test.each([
  ['application/json', 'x', 90 * 1024],
  ['application/octet-stream', 'x', 90 * 1024 + 1],
  ['application/octet-stream', '文', 31 * 1024],
])('gives %s to a body of %s by its bytes', (type, letter, length) => {
  expect(getBodyType(letter.repeat(length))).toBe(type)
})
