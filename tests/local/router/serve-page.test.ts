import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { startRouter } from '../../../scripts/local/router/router.ts'
import { readPage } from '../../../scripts/local/router/serve-page.ts'
import { ask, listen } from '../loopback.ts'
import { closeAll, closeLater } from './router-to.ts'

const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'page-'))
  mkdirSync(join(folder, 'page/assets'), { recursive: true })
  writeFileSync(join(folder, 'page/index.html'), '<!doctype html>你好')
  writeFileSync(join(folder, 'page/assets/index-1a2b.js'), 'let a')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

afterEach(closeAll)

/** Starts a router with the function `/v1` and a page. */
const start = async (page = 'page'): Promise<string> => {
  const target = await listen((_request, response) => response.end('function'))
  const files = readPage(join(folder, page))
  const router = await startRouter({
    host: '127.0.0.1',
    port: 0,
    routes: [{ path: '/v1', target }],
    pages: new Map([['/', files]]),
  })
  closeLater(target, router)
  return router.url
}

describe('the page of the local gateway', () => {
  test('is what browsers get at /, with a strict policy', async () => {
    const { status, text, headers } = await ask(await start(), '/?x=1', { headers: asBrowser })
    expect([status, text]).toEqual([200, '<!doctype html>你好'])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
      vary: 'accept',
    })
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/)
    expect(policy).not.toMatch(/unsafe|data:|\*/)
  })

  test('has files that are kept for a year, because their names change with their content', async () => {
    const { headers, text } = await ask(await start(), '/assets/index-1a2b.js')
    expect(text).toBe('let a')
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    })
  })

  test('is not sent again if the browser has it', async () => {
    const url = await start()
    const { etag } = (await ask(url, '/', { headers: asBrowser })).headers
    const again = await ask(url, '/', { headers: { ...asBrowser, 'if-none-match': String(etag) } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  test('replies to HEAD with the same headers and no body', async () => {
    const url = await start()
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => ask(url, '/', { method, headers: asBrowser })),
    )
    const { date: _, ...headers } = get?.headers ?? {}
    expect(head?.headers).toMatchObject(headers)
    expect([head?.status, head?.text]).toEqual([200, ''])
  })

  test.each<[string, string, Record<string, string>]>([
    ['GET', '/', {}],
    ['GET', '/', { accept: '*/*' }],
    ['GET', '/', { accept: 'application/json' }],
    ['POST', '/', asBrowser],
    ['GET', '/index.html', asBrowser],
    ['GET', '/assets', asBrowser],
    ['GET', '/assets/../../secret.txt', asBrowser],
    ['GET', '/../secret.txt', asBrowser],
    ['GET', '/..%2fsecret.txt', asBrowser],
    ['GET', '/assets/%2e%2e/%2e%2e/secret.txt', asBrowser],
    ['GET', '//secret.txt', asBrowser],
    ['GET', '/__proto__', asBrowser],
  ])('leaves %s %s with %j to the error of an unknown path', async (method, path, headers) => {
    const { status, text } = await ask(await start(), path, { method, headers })
    expect([status, JSON.parse(text).code]).toEqual([404, 'INVALID_PATH'])
  })

  test('leaves the functions alone', async () => {
    expect((await ask(await start(), '/v1/models', { headers: asBrowser })).text).toBe('function')
  })

  test('says what to do if it is not built', async () => {
    const { status, text, headers } = await ask(await start('missing'), '/', { headers: asBrowser })
    expect([status, headers['content-type']]).toEqual([503, 'text/plain; charset=utf-8'])
    expect(text).toContain('Run npm run build')
    expect(text).toContain('请运行 npm run build')
  })
})
