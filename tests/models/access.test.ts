import { describe, expect, test } from '@jest/globals'
import { getListBody, requireAccess } from '../../shared/models/access.ts'
import { createSnapshot } from '../../shared/models/snapshot.ts'
import type { User } from '../../shared/protocol/user.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'

const entry = { api_base: 'https://provider.example.com/v1' }

const snapshot = (map: Record<string, object>) =>
  createSnapshot(
    {
      source: 'local',
      version: 'v',
      entries: new Map(Object.entries(map as Record<string, JsonObject>)),
      rejected: [],
      list: undefined,
      warning: undefined,
    },
    { variable: () => undefined, allowPrivate: false },
  )

const mixed = snapshot({
  open: entry,
  staff: { ...entry, allowed_groups: ['staff', 'board'] },
  closed: { ...entry, allowed_groups: [] },
})

const member = (...groups: string[]): User => ({ id: 'u1', kind: 'user', groups })
const admin: User = { id: 'admin', kind: 'admin', groups: [] }
const unauthenticated: User = { id: null, kind: 'unauthenticated', groups: [] }

const listModels = (user: User, map = mixed): string[] =>
  (JSON.parse(getListBody(map, user).toString()) as { data: { id: string }[] }).data.map(({ id }) => id)

describe('the list of models', () => {
  test.each([
    ['a user of no group', member(), ['open']],
    ['a user of another group', member('guests'), ['open']],
    ['a member', member('guests', 'board'), ['open', 'staff']],
    ['an anonymous member', { ...member('staff'), kind: 'anonymous' } as const, ['open', 'staff']],
    ['the administrator', admin, ['open', 'staff', 'closed']],
    ['any user when authentication is off', unauthenticated, ['open', 'staff', 'closed']],
  ])('shows %s exactly the models that are open to them, and lets them use no other', (_, user, models) => {
    expect(listModels(user)).toEqual(models)
    for (const model of mixed.models) {
      const route = mixed.route(model)
      if (models.includes(model)) expect(requireAccess(route, user)).toBe(route)
      else
        expect(() => requireAccess(route, user)).toThrow(
          expect.objectContaining({ status: 403, code: 'permission_denied' }),
        )
    }
  })

  test('shows a model with listed 0 to no user, and lets those use it who may', () => {
    const map = snapshot({ open: entry, spare: { ...entry, listed: 0, allowed_groups: ['staff'] } })
    for (const user of [member(), member('staff'), admin]) expect(listModels(user, map)).toEqual(['open'])
    expect(requireAccess(map.route('spare'), member('staff'))).toMatchObject({ model: 'spare' })
    expect(() => requireAccess(map.route('spare'), member())).toThrow(
      expect.objectContaining({ code: 'permission_denied' }),
    )
  })

  test('serializes the list once per selection of models, and always keeps the whole list', () => {
    expect(getListBody(mixed, member())).toBe(getListBody(mixed, member('guests')))
    const many = snapshot(
      Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`m${index}`, { ...entry, allowed_groups: `g${index}` }]),
      ),
    )
    for (let index = 0; index < 100; index += 1) getListBody(many, member(`g${index}`))
    expect(getListBody(many, admin)).toBe(getListBody(many, admin))
    expect(JSON.parse(getListBody(many, member('g99')).toString()).data).toHaveLength(1)
  })

  test.each([7, { staff: true }, [1], '{"staff": true}'])(
    'rejects a model whose allowed_groups is %j instead of opening it',
    (allowed_groups) => {
      const { models, rejected } = snapshot({ m: { ...entry, allowed_groups } })
      expect(models).toEqual([])
      expect(rejected).toEqual([{ model: 'm', reason: expect.stringContaining('allowed_groups') }])
    },
  )
})

describe('listed', () => {
  test.each([0, false, '0', 'no', 'OFF', Buffer.from([0])])(
    'hides a model whose listed is %j from the list of every user, and lets them use it',
    (listed) => {
      const staff = { ...entry, listed, allowed_groups: 's' }
      const map = snapshot({ open: entry, spare: { ...entry, listed }, staff })
      for (const user of [member(), member('s'), admin]) expect(listModels(user, map)).toEqual(['open'])
      expect(requireAccess(map.route('spare'), member())).toBe(map.route('spare'))
      expect(() => requireAccess(map.route('staff'), member())).toThrow(expect.objectContaining({ status: 403 }))
    },
  )

  test.each([undefined, null, '', 1, true, '1', 'yes', Buffer.from([1])])(
    'shows a model whose listed is %j',
    (listed) => {
      expect(listModels(member(), snapshot({ m: { ...entry, listed } }))).toEqual(['m'])
    },
  )
})

describe('allowed_groups', () => {
  test.each([
    [undefined, undefined],
    [null, undefined],
    ['', undefined],
    ['  ', undefined],
    ['staff', ['staff']],
    ['staff, board', ['staff', 'board']],
    ['["staff"]', ['staff']],
    ['[]', []],
    [[], []],
    [['staff'], ['staff']],
    ['[broken', ['[broken']],
  ])('reads %j as %j', (allowed_groups, groups) => {
    expect(snapshot({ m: { ...entry, allowed_groups } }).route('m').allowedGroups).toEqual(groups)
  })
})
