import { describe, expect, test } from '@jest/globals'
import { createHashUser } from '../../shared/auth/user-hash.ts'
import { pseudonymizeUser } from '../../shared/gateway/pseudonymize.ts'
import { parseCall } from '../../shared/protocol/call.ts'
import type { User } from '../../shared/protocol/user.ts'

const user: User = { id: 'u1', kind: 'user', groups: [] }
const hash = createHashUser('key')

const bodyFor = (fields: object, who: User = user): object => {
  const text = JSON.stringify({ model: 'm', prompt: 'hi', ...fields })
  return pseudonymizeUser(parseCall('completions', Buffer.from(text)), who, hash).body
}

describe('the user that a provider is told of', () => {
  test.each(['user', 'safety_identifier'])(
    'is a hash of the verified one wherever the client names one: %s',
    (field) => {
      for (const claimed of ['somebody-else', '', null, { id: 'u2' }]) {
        expect(bodyFor({ [field]: claimed })).toEqual({ model: 'm', prompt: 'hi', [field]: hash(user) })
      }
    },
  )

  test('is not named where the client names none', () => {
    expect(bodyFor({})).toEqual({ model: 'm', prompt: 'hi' })
  })

  test('is as the client says where authentication is off', () => {
    const nobody: User = { id: null, kind: 'unauthenticated', groups: [] }
    expect(bodyFor({ user: 'me' }, nobody)).toEqual({ model: 'm', prompt: 'hi', user: 'me' })
  })

  test('is the same for one key and id, another for another, and shows neither', () => {
    expect(hash(user)).toMatch(/^[0-9a-f]{32}$/)
    expect(createHashUser('key')(user)).toBe(hash(user))
    expect(createHashUser('other')(user)).not.toBe(hash(user))
    expect(hash({ ...user, id: 'u2' })).not.toBe(hash(user))
  })
})
