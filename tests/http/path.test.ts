import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { getPathRest, matchesPath } from '../../shared/http/path.ts'
import { minCpuMs } from '../../testing/stats/min-cpu-ms.ts'

describe('matching a path', () => {
  const pattern = '/v1/chat/completions'

  test.each([
    '/v1/chat/completions',
    '/chat/completions',
    '/completions',
    '/',
    '',
    '/v1/chat/completions/',
    '/llm/v1/chat/completions',
  ])("takes '%s', whatever prefix the platform stripped or kept", (path) =>
    expect(matchesPath(path, pattern)).toBe(true),
  )

  test.each([
    '/v1/chat',
    '/v1/chat/completion',
    '/v1/chat/completions/x',
    '/xcompletions',
    '/v2/chat/completions',
    '/v1/chat/xcompletions',
    '/x/y/completions',
    '/completions/chat',
    '/V1/Chat/Completions',
    '/v1/chat%2Fcompletions',
    '/v1/chat/completions;x=1',
    '/v1/chat/completions%00',
    '/../v1/chat/completions',
    '/v1/./chat/completions',
    '/v1/x/../chat/completions',
    '/%2e%2E/v1/chat/completions',
    '\\v1\\chat\\completions',
    '*',
  ])("refuses '%s'", (path) => expect(matchesPath(path, pattern)).toBe(false))

  test('takes doubled slashes for one, as a base URL that ends with a slash makes them', () => {
    expect(matchesPath('/v1//chat/completions', pattern)).toBe(true)
    expect(matchesPath('//v1/chat/completions', pattern)).toBe(true)
  })

  test('lets a star stand for any one segment', () => {
    const alias = '/ai/*/v1/chat/completions'
    expect(matchesPath('/ai/custom/v1/chat/completions', alias)).toBe(true)
    expect(matchesPath('/custom/v1/chat/completions', alias)).toBe(true)
    expect(matchesPath('/ai/custom/v2/chat/completions', alias)).toBe(false)
    expect(matchesPath('/ai/../v1/chat/completions', alias)).toBe(false)
    expect(matchesPath('/ai/a/b/v1/chat/completions', alias)).toBe(false)
  })

  test('takes every path whose front was stripped at a segment (R59)', () => {
    const segments = pattern.split('/').slice(1)
    for (let from = 0; from <= segments.length; from++) {
      expect(matchesPath(`/${segments.slice(from).join('/')}`, pattern)).toBe(true)
    }
  })
})

describe('what follows an endpoint path', () => {
  test.each([
    ['/v1/models', ''],
    ['/v1/models/', ''],
    ['/', ''],
    ['', ''],
    ['/v1/models/glm-4.5', 'glm-4.5'],
    ['/glm-4.5', 'glm-4.5'],
    ['/v1/models/Qwen/Qwen3-8B', 'Qwen/Qwen3-8B'],
    ['/v1/models/Qwen%2FQwen3-8B', 'Qwen/Qwen3-8B'],
    ['/Qwen%2FQwen3-8B', 'Qwen/Qwen3-8B'],
    ['/llm/v1/models/a:b', 'a:b'],
    ['/v1/models/%E6%A8%A1%E5%9E%8B', '模型'],
    ['/v1/models/models/gemini', 'models/gemini'],
    ['/v1/models/100%25', '100%'],
  ])("of '%s' is '%s'", (path, rest) => expect(getPathRest(path, '/v1/models')).toBe(rest))

  test('is undefined where the percent-encoding is broken', () => {
    expect(getPathRest('/v1/models/%E6%A8', '/v1/models')).toBeUndefined()
    expect(getPathRest('/v1/models/%', '/v1/models')).toBeUndefined()
  })

  test('is found in a path of 16 KB of slashes in no time (R59)', () => {
    const path = `/v1/models/x${'/'.repeat(16_000)}x`
    expect(getPathRest(path, '/v1/models')).toHaveLength(16_002)
    expect(minCpuMs(() => getPathRest(path, '/v1/models'), 50)).toBeLessThan(50)
  })

  test('gives back any id that a client encodes', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }).filter((id) => id === id.replace(/^\/+|\/+$/g, '')),
        (id) => {
          expect(getPathRest(`/v1/models/${encodeURIComponent(id)}`, '/v1/models')).toBe(id)
        },
      ),
    )
  })
})
