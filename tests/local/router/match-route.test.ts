import { describe, expect, test } from '@jest/globals'
import { matchRoute, type Route } from '../../../scripts/local/router/match-route.ts'

const routes: Route<string>[] = [
  { path: '/v1', target: 'v1' },
  { path: '/v1/models', target: 'models' },
  { path: '/v1/chat/completions', target: 'chat' },
  { path: '/whole', target: 'whole', pathTransmission: true },
  { path: '/a.b', target: 'dotted' },
]

describe('a request target', () => {
  test.each([
    ['/v1/models', 'models', '/'],
    ['/v1/models/', 'models', '/'],
    ['/v1/models?limit=2&x=a%20b', 'models', '/?limit=2&x=a%20b'],
    ['/v1/models/qwen/qwen3', 'models', '/qwen/qwen3'],
    ['/v1/models/qwen%2Fqwen3?x=/v1/models', 'models', '/qwen%2Fqwen3?x=/v1/models'],
    ['/v1/models//a/../b', 'models', '//a/../b'],
    ['/v1//models', 'models', '/'],
    ['//v1/models///x?y=//z', 'models', '///x?y=//z'],
    ['//v1//chat//completions', 'chat', '/'],
    ['/v1/chat/completions', 'chat', '/'],
    ['/v1/models-x', 'v1', '/models-x'],
    ['/v1/chat', 'v1', '/chat'],
    ['/whole', 'whole', '/whole'],
    ['/whole/a%2fb?c', 'whole', '/whole/a%2fb?c'],
    ['//whole//a', 'whole', '//whole//a'],
    ['/a.b/c', 'dotted', '/c'],
  ])('%s goes to %s as %s', (requestTarget, target, seen) => {
    expect(matchRoute(routes, requestTarget)).toEqual({ target, requestTarget: seen })
  })

  test.each(['/', '/v2', '/V1/models', '/axb/c', '/?/v1', '/v%31/models', '*', ''])('%s has no route', (target) => {
    expect(matchRoute(routes, target)).toBeUndefined()
  })

  test('goes to the route / if no longer prefix matches', () => {
    const all = [{ path: '/', target: 'rest' }, ...routes]
    expect(matchRoute(all, '/other?x')).toEqual({ target: 'rest', requestTarget: '/other?x' })
    expect(matchRoute(all, '/v1/models')).toMatchObject({ target: 'models' })
  })
})
