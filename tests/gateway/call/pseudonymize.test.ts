import { describe, expect, test } from '@jest/globals'
import { createHashUser } from '../../../shared/auth/user-hash.ts'
import { pseudonymizeUser } from '../../../shared/gateway/call/pseudonymize.ts'
import { parseCall } from '../../../shared/protocol/call.ts'
import type { User } from '../../../shared/protocol/user.ts'

const user: User = { id: 'u1', kind: 'user', groups: [] }
const hash = createHashUser('key')

const bodyFor = (fields: object, who: User = user): object => {
  const text = JSON.stringify({ model: 'm', prompt: 'hi', ...fields })
  return pseudonymizeUser(parseCall('completions', Buffer.from(text)), who, hash).body
}

describe('the user that a provider gets', () => {
  test.each(['user', 'safety_identifier'])('is a hash of the verified user if the client names one: %s', (field) => {
    for (const claimed of ['another-user', '', null, { id: 'u2' }]) {
      expect(bodyFor({ [field]: claimed })).toEqual({ model: 'm', prompt: 'hi', [field]: hash(user) })
    }
  })

  test('is missing if the client names none', () => {
    expect(bodyFor({})).toEqual({ model: 'm', prompt: 'hi' })
  })

  test('is the one that the client names if authentication is off', () => {
    const unauthenticated: User = { id: null, kind: 'unauthenticated', groups: [] }
    expect(bodyFor({ user: 'me' }, unauthenticated)).toEqual({ model: 'm', prompt: 'hi', user: 'me' })
  })

  test('is the same for one key and id, differs for others, and reveals neither', () => {
    expect(hash(user)).toMatch(/^[0-9a-f]{32}$/)
    expect(createHashUser('key')(user)).toBe(hash(user))
    expect(createHashUser('other')(user)).not.toBe(hash(user))
    expect(hash({ ...user, id: 'u2' })).not.toBe(hash(user))
  })
})
