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
  ])("accepts '%s', with or without the prefix that the platform may remove", (path) =>
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

  test('counts doubled slashes as one, because a base URL may end with a slash', () => {
    expect(matchesPath('/v1//chat/completions', pattern)).toBe(true)
    expect(matchesPath('//v1/chat/completions', pattern)).toBe(true)
  })

  test('matches any one segment with a star', () => {
    const alias = '/ai/*/v1/chat/completions'
    expect(matchesPath('/ai/custom/v1/chat/completions', alias)).toBe(true)
    expect(matchesPath('/custom/v1/chat/completions', alias)).toBe(true)
    expect(matchesPath('/ai/custom/v2/chat/completions', alias)).toBe(false)
    expect(matchesPath('/ai/../v1/chat/completions', alias)).toBe(false)
    expect(matchesPath('/ai/a/b/v1/chat/completions', alias)).toBe(false)
  })

  test('accepts the path with any number of its first segments removed (R59)', () => {
    const segments = pattern.split('/').slice(1)
    for (let from = 0; from <= segments.length; from++) {
      expect(matchesPath(`/${segments.slice(from).join('/')}`, pattern)).toBe(true)
    }
  })
})

describe('the rest of a path', () => {
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
    ['/v1//models', ''],
    ['//v1/models//', ''],
    ['/v1//models//Qwen//Qwen3-8B', 'Qwen/Qwen3-8B'],
    ['//Qwen/Qwen3-8B', 'Qwen/Qwen3-8B'],
    ['/v1/models/v1/models', 'v1/models'],
  ])("of '%s' is '%s'", (path, rest) => expect(getPathRest(path, '/v1/models')).toBe(rest))

  test.each(['/v1', '/v1/', '/v1/responses', '/v1//responses', '/v1/models-x', '/v1/model', '/v1/chat/models'])(
    "is undefined for '%s', which names another endpoint",
    (path) => expect(getPathRest(path, '/v1/models')).toBeUndefined(),
  )

  test('is undefined if the percent-encoding is broken', () => {
    expect(getPathRest('/v1/models/%E6%A8', '/v1/models')).toBeUndefined()
    expect(getPathRest('/v1/models/%', '/v1/models')).toBeUndefined()
  })

  test('is found quickly in a path of 16 KB of slashes (R59)', () => {
    const path = `/v1/models/x${'/'.repeat(16_000)}x`
    expect(getPathRest(path, '/v1/models')).toBe('x/x')
    expect(minCpuMs(() => getPathRest(path, '/v1/models'), 50)).toBeLessThan(50)
  })

  test('is any id that a client encodes', () => {
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
