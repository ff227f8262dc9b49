import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Route, Target } from '../../../shared/protocol/route.ts'
import { hashConversation } from '../../../shared/providers/targets/affinity.ts'
import { findFirstTarget, orderTargets } from '../../../shared/providers/targets/order.ts'
import { routeOver, targetAt } from '../../support/call-provider.ts'

const target = (name: string, fields: Partial<Target> = {}): Target =>
  targetAt('https://a.example.com', { name, group: Number(name), ...fields })

const routeOf = (targets: readonly Target[]): Route => routeOver(...(targets as [Target, ...Target[]]))

const pickModel = ({ model = 'm' }: { readonly model?: string }) => ({ model })

const hashOf = (userId: string, body: object): number => {
  const call = { operation: 'chat/completions', stream: false, includeUsage: false, source: undefined } as const
  return hashConversation({ userId, call: { ...call, ...pickModel(body), body: { ...body } } })
}

const say = (content: unknown, role = 'user') => ({ role, content })

describe('the order of targets', () => {
  test('gives each target its share of the conversations by weight, within 2 % (R81)', () => {
    const weights = [1, 1, 2, 3, 5, 8]
    const route = routeOf(weights.map((weight, index) => target(String(index), { weight })))
    const total = weights.reduce((sum, weight) => sum + weight)
    const conversations = 20_000
    const counts = weights.map(() => 0)
    for (let user = 0; user < conversations; user++) {
      const [first] = orderTargets(route, hashOf(`user-${user}`, { messages: [say('hi')] }))
      counts[Number(first?.name)] = (counts[Number(first?.name)] ?? 0) + 1
    }
    for (const [index, weight] of weights.entries())
      expect(Math.abs((counts[index] ?? 0) / conversations - weight / total)).toBeLessThan(0.02)
  }, 120_000)

  test('shares the keys of one target alike, within 2 %', () => {
    const keys = Array.from({ length: 10 }, (_, index) => target(String(index), { group: 0 }))
    const counts = new Map<string, number>()
    for (let user = 0; user < 20_000; user++) {
      const [first] = orderTargets(routeOf(keys), hashOf(`user-${user}`, { messages: [say('hi')] }))
      counts.set(first?.name ?? '', (counts.get(first?.name ?? '') ?? 0) + 1)
    }
    for (const count of counts.values()) expect(Math.abs(count / 20_000 - 0.1)).toBeLessThan(0.02)
  }, 120_000)

  test('begins with the target that is found without the order', () => {
    const shape = fc.record({ tier: fc.nat(2), group: fc.nat(3), weight: fc.constantFrom(0, 1, 2.5) })
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 12 }), fc.nat(), (shapes, conversation) => {
        const route = routeOf(shapes.map((fields, index) => target(String(index), fields)))
        expect(findFirstTarget(route, conversation)).toBe(orderTargets(route, conversation)[0])
      }),
    )
  })

  test('holds every target once: tier by tier, the keys of a group together, weight 0 last in its tier', () => {
    const shape = fc.record({ tier: fc.nat(2), group: fc.nat(3), weight: fc.constantFrom(0, 1, 2.5) })
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 12 }), fc.nat(), (shapes, conversation) => {
        const weightOf = new Map(shapes.map(({ tier, group, weight }) => [`${tier}/${group}`, weight]))
        const targets = shapes.map(({ tier, group }, index) =>
          target(`${tier}/${group}/${index}`, { tier, group, weight: weightOf.get(`${tier}/${group}`) ?? 1 }),
        )
        const order = orderTargets(routeOf(targets), conversation)
        expect(new Set(order)).toEqual(new Set(targets))
        expect(order).toHaveLength(targets.length)
        const places = order.map(({ tier, group }) => `${tier}/${group}`)
        expect(places.filter((place, index) => place !== places[index - 1])).toHaveLength(new Set(places).size)
        const ranks = order.map(({ tier, weight }) => tier * 2 + (weight === 0 ? 1 : 0))
        expect(ranks).toEqual([...ranks].sort((one, other) => one - other))
      }),
    )
  })

  test('keeps the others in their order if a target is missing', () => {
    const targets = Array.from({ length: 8 }, (_, index) => target(String(index)))
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), (conversation, missing) => {
        const all = orderTargets(routeOf(targets), conversation).map(({ name }) => name)
        const rest = orderTargets(routeOf(targets.filter((_, index) => index !== missing)), conversation)
        expect(rest.map(({ name }) => name)).toEqual(all.filter((name) => name !== String(missing)))
      }),
    )
  })
})

describe('the hash of a conversation', () => {
  const first = [say('You are terse.', 'system'), say('hi')]
  const later = [...first, say('Hello.', 'assistant'), say('and now?')]

  test('stays the same for all turns', () => {
    expect(hashOf('u', { messages: later })).toBe(hashOf('u', { messages: first }))
    expect(hashOf('u', { messages: later, temperature: 1, stream: true })).toBe(hashOf('u', { messages: first }))
  })

  test.each([
    ['another user', 'v', { messages: first }],
    ['another model', 'u', { messages: first, model: 'n' }],
    ['another system message', 'u', { messages: [say('You are kind.', 'system'), say('hi')] }],
    ['another first message', 'u', { messages: [say('You are terse.', 'system'), say('ho')] }],
    ['a prompt_cache_key', 'u', { messages: first, prompt_cache_key: 'k' }],
  ])('differs for %s', (_, user, body) => {
    expect(hashOf(user, body)).not.toBe(hashOf('u', { messages: first }))
  })

  test('depends on prompt_cache_key alone if there is one', () => {
    const hash = hashOf('u', { messages: first, prompt_cache_key: 'k' })
    expect(hashOf('u', { messages: [say('other')], prompt_cache_key: 'k' })).toBe(hash)
  })

  test('reads the beginning of a prompt, as text and as tokens, whatever its length', () => {
    const tokens = Array.from({ length: 100_000 }, (_, index) => index)
    expect(hashOf('u', { prompt: [...tokens, 1] })).toBe(hashOf('u', { prompt: [...tokens, 2] }))
    expect(hashOf('u', { prompt: [1, 2] })).not.toBe(hashOf('u', { prompt: [2, 1] }))
    expect(hashOf('u', { prompt: 'a' })).not.toBe(hashOf('u', { prompt: 'b' }))
  })

  test('reads no more of a picture than its beginning', () => {
    const picture = (url: string) => [say([{ type: 'image_url', image_url: { url } }])]
    const long = `data:image/png;base64,${'A'.repeat(5_000)}`
    expect(hashOf('u', { messages: picture(`${long}B`) })).toBe(hashOf('u', { messages: picture(`${long}C`) }))
  })
})
