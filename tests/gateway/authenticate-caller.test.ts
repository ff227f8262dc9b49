import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { type Identity, toIdentity } from '../../shared/auth/tokens/verified-token.ts'
import { confirmUser } from '../../shared/gateway/authenticate-caller.ts'
import type { Snapshot } from '../../shared/models/snapshot.ts'
import type { User } from '../../shared/protocol/user.ts'

const user: User = { id: 'u1', kind: 'user', groups: [] }

const pending = (confirmed: Promise<User>): Identity => ({ user: confirmed, isPending: true })

/** A model map that counts its refreshes and takes 50 ms for each. */
const slowMap = (result: () => Promise<Snapshot>) => {
  const counts = { begun: 0, ended: 0 }
  const current = async (): Promise<Snapshot> => {
    counts.begun++
    await wait(50)
    counts.ended++
    return result()
  }
  return { counts, current }
}

const noSnapshot = (): Promise<Snapshot> => Promise.reject(new Error('no map'))

describe('the confirmation of a user', () => {
  test('refreshes the model map while the account is checked', async () => {
    const models = slowMap(noSnapshot)
    let confirm: (() => void) | undefined
    const checking = new Promise<User>((resolve) => {
      confirm = () => resolve(user)
    })
    const confirming = confirmUser(pending(checking), models)
    await wait(100)
    expect(models.counts).toEqual({ begun: 1, ended: 1 })
    confirm?.()
    expect(await confirming).toBe(user)
  })

  test('throws a rejection only when the refresh has ended', async () => {
    const models = slowMap(noSnapshot)
    const rejection = new Error('blocked')
    await expect(confirmUser(pending(Promise.reject(rejection)), models)).rejects.toBe(rejection)
    expect(models.counts).toEqual({ begun: 1, ended: 1 })
  })

  test('ignores a failure of the model map', async () => {
    expect(await confirmUser(pending(Promise.resolve(user)), slowMap(noSnapshot))).toBe(user)
  })

  test('refreshes nothing if the account needs no check', async () => {
    const models = slowMap(noSnapshot)
    expect(await confirmUser(toIdentity(user), models)).toBe(user)
    expect(models.counts.begun).toBe(0)
  })
})
