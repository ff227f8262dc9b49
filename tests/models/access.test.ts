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

const user = (...groups: string[]): User => ({ id: 'u1', kind: 'user', groups })
const admin: User = { id: 'admin', kind: 'admin', groups: [] }
const nobody: User = { id: null, kind: 'unauthenticated', groups: [] }

const listed = (who: User): string[] =>
  (JSON.parse(getListBody(mixed, who).toString()) as { data: { id: string }[] }).data.map(({ id }) => id)

describe('a model with allowed_groups', () => {
  test.each([
    ['a user of no group', user(), ['open']],
    ['a user of another group', user('guests'), ['open']],
    ['a member', user('guests', 'board'), ['open', 'staff']],
    ['an anonymous member', { ...user('staff'), kind: 'anonymous' } as const, ['open', 'staff']],
    ['the administrator', admin, ['open', 'staff', 'closed']],
    ['anybody where authentication is off', nobody, ['open', 'staff', 'closed']],
  ])('%s sees and may use exactly the models that are open to them', (_, who, models) => {
    expect(listed(who)).toEqual(models)
    for (const model of mixed.models) {
      const route = mixed.route(model)
      if (models.includes(model)) expect(requireAccess(route, who)).toBe(route)
      else
        expect(() => requireAccess(route, who)).toThrow(
          expect.objectContaining({ status: 403, code: 'permission_denied' }),
        )
    }
  })

  test('is serialised once per selection, the whole list always', () => {
    expect(getListBody(mixed, user())).toBe(getListBody(mixed, user('guests')))
    const many = snapshot(
      Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`m${index}`, { ...entry, allowed_groups: `g${index}` }]),
      ),
    )
    for (let index = 0; index < 100; index += 1) getListBody(many, user(`g${index}`))
    expect(getListBody(many, admin)).toBe(getListBody(many, admin))
    expect(JSON.parse(getListBody(many, user('g99')).toString()).data).toHaveLength(1)
  })

  test.each([7, { staff: true }, [1], '{"staff": true}'])('that says %j is rejected, never open', (allowed) => {
    const { models, rejected } = snapshot({ m: { ...entry, allowed_groups: allowed } })
    expect(models).toEqual([])
    expect(rejected).toEqual([{ model: 'm', reason: expect.stringContaining('allowed_groups') }])
  })
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
  ])('reads %j as %j', (given, read) => {
    expect(snapshot({ m: { ...entry, allowed_groups: given } }).route('m').allowedGroups).toEqual(read)
  })
})
