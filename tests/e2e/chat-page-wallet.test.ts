import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { prepareChatPage } from '../../scripts/web/chat-page.ts'
import { readPageFiles } from '../../scripts/web/page-files.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { hostPage } from '../../testing/servers/host-page.ts'
import type { LoopbackServer } from '../../testing/servers/loopback-server.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { hasDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { findBarriers, measureOverflow } from '../support/barriers.ts'
import { waitForChart } from '../support/chart-drawn.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'

/** Busy machines draw slowly. */
jest.setTimeout(90_000)

const adminKey = 'admin-key-of-a-test-0123456789'
const canRun = hasDatabase && browserProgram !== undefined

const usage = { usage: { prompt_tokens: 30, completion_tokens: 50, total_tokens: 80 } }

const chunk = (delta: object, choice: object = {}, rest: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...rest })}\n\n`

const end = 'data: [DONE]\n\n'

let auth: CloudBaseAuth
let provider: ScriptedProvider
let gateway: LocalGateway
let host: LoopbackServer
let browser: TestBrowser

beforeAll(async () => {
  if (!canRun || browserProgram === undefined) return
  const { dsn } = await testDatabase()
  auth = await startCloudBaseAuth()
  for (const name of ['ann', 'bob', 'dora']) auth.signIns.accounts.set(name, { sub: `${name}-1`, password: 'secret' })
  const built = readPageFiles('dist/web/chat')
  host = await hostPage(
    () =>
      prepareChatPage(built, {
        gateway: gateway.url,
        environment: auth.envId,
        authOrigin: auth.origin,
        pointsUrl: 'https://shop.example/points',
      }).files,
    '/',
  )
  provider = await scriptedProvider(() =>
    sse(chunk({ content: '好的' }), chunk({}, { finish_reason: 'stop' }, usage), end),
  )
  const entry = { api_base: `${provider.url}/v1`, api_key: 'sk-0123456789abcdef', max_tokens: 100 }
  gateway = await startLocalGateway({
    ...auth.environment,
    AUTH_MODE: 'jwks',
    GATEWAY_ADMIN_KEY: adminKey,
    CORS_ALLOW_ALL: 'true',
    ...{ REMOTE_CONFIG_SOURCE: 'none', MYSQL_DSN: dsn, MYSQL_POOL_MIN: '0', USAGE_STORE: 'mysql', WALLET: 'on' },
    POINTS_PER_1K_TOKENS: '100',
    MODEL_PROVIDER_MAP: JSON.stringify({ 'glm-4.5': entry }),
    QUOTAS: JSON.stringify([{ name: 'daily', unit: 'requests', window: 'day', per: 'user', limit: 3 }]),
  })
  auth.safeOrigins.add(host.url)
  browser = await startBrowser(browserProgram)
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
  await host?.close()
  await provider?.close()
  await auth?.close()
}, 60_000)

const enter = async (name: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const page = await browser.open(host.url, options)
  await page.fill('[autocomplete=username]', name)
  await page.fill('[autocomplete=current-password]', 'secret')
  await page.press('[autocomplete=current-password]', 'Enter')
  await page.waitForSelector('.model-select:enabled')
  return page
}

const say = async (page: Page, text: string): Promise<void> => {
  await page.fill('textarea', text)
  await page.press('textarea', 'Enter')
}

/** As the console and payment callbacks do. */
const grant = async (user: string, points: number): Promise<void> => {
  const reply = await fetch(`${gateway.url}/admin/wallet/grant`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gateway-key': adminKey },
    body: JSON.stringify({ user_id: user, points, key: `order-${user}-${points}` }),
  })
  expect(reply.status).toBe(200)
}

const readPoints = async (page: Page): Promise<number> =>
  Number(
    /([\d,]+) points?$/.exec((await page.getAttribute('.account-button', 'aria-label')) ?? '')?.[1]?.replace(',', ''),
  )

const describeIfComplete = canRun ? describeWithBrowser : describe.skip

describeIfComplete('a page with wallets', () => {
  afterEach(() =>
    expect(browser.takeComplaints().filter((line) => !line.includes('Failed to load resource'))).toEqual([]),
  )

  test('the chat page says what to do after a 402; a grant is seen, a reply is charged, and the chart is drawn (R213)', async () => {
    const page = await enter('ann')
    await page.waitForSelector('.account-button[aria-label="Account: 0 points"]')
    await say(page, '你好')
    await page.waitForSelector('.failure >> text=You have too few points for this reply. Get more points')
    expect(await page.getAttribute('.failure a', 'href')).toBe('https://shop.example/points')
    await page.click('.failure >> text=My points')
    await page.waitForSelector('dialog .balance >> text=0 points')
    await page.waitForSelector('dialog >> text=No usage yet.')
    await page.keyboard.press('Escape')
    await grant('ann-1', 5_000)
    await page.click('.failure >> text=Try again')
    await page.waitForSelector('.reply.is-done')
    expect(await page.locator('.cost').innerText()).toMatch(/^30 \+ 50 tokens · 8 points · /)
    expect(await readPoints(page)).toBe(4_992)
    await page.click('.account-button')
    await page.waitForSelector('dialog .balance >> text=4,992 points')
    await page.waitForSelector('dialog .grants >> text=4,992, no expiry')
    await page.waitForSelector('dialog >> text=8 points in 1 call')
    await waitForChart(page)
    expect(await page.locator('.legend-item').allInnerTexts()).toEqual(['glm-4.5'])
    expect([await measureOverflow(page), await findBarriers(page)]).toEqual([0, []])
  })

  test('the chat page shows the points that were reported last, by a reply or by the wallet', async () => {
    await grant('dora-1', 5_000)
    const page = await enter('dora')
    await page.waitForSelector('.account-button[aria-label="Account: 5,000 points"]')
    await say(page, '你好')
    await page.waitForSelector('.account-button[aria-label="Account: 4,992 points"]')
    await page.waitForSelector('.reply.is-done')
    await page.click('[aria-label="New chat"]')
    await page.waitForSelector('.welcome')
    expect(await readPoints(page)).toBe(4_992)
    await say(page, '你好')
    await page.waitForSelector('.account-button[aria-label="Account: 4,984 points"]')
    await page.waitForSelector('.reply.is-done')
    await grant('dora-1', 8)
    await page.click('.account-button')
    await page.waitForSelector('dialog .balance >> text=4,992 points')
    await page.waitForSelector('.account-button[aria-label="Account: 4,992 points"]')
    await page.keyboard.press('Escape')
    await say(page, '你好')
    await page.waitForSelector('.turn:last-child .reply.is-done')
    await page.waitForSelector('.account-button[aria-label="Account: 4,984 points"]')
  })

  test('the playground says what to do after a 402 (R210)', async () => {
    const page = await browser.open(gateway.url)
    await page.click('.failure button >> nth=0')
    await page.fill('dialog .field', auth.token({ claims: { sub: 'carl-1' } }))
    await page.press('dialog .field', 'Enter')
    await page.waitForSelector('.model-select:enabled')
    await say(page, '你好')
    await page.waitForSelector(
      '.failure >> text=You have too few points for this call. Ask for points, or choose a cheaper model.',
    )
    await grant('carl-1', 5_000)
    await page.click('.failure >> text=Try again')
    await page.waitForSelector('.reply.is-done')
    expect(await page.locator('.cost').innerText()).toMatch(/· 8 points ·/)
  })

  test('the chat page says when a quota resets (R213)', async () => {
    await grant('bob-1', 5_000)
    const page = await enter('bob', { locale: 'zh-CN' })
    for (let turn = 1; turn <= 3; turn++) {
      await say(page, '你好')
      await page.waitForSelector(`.turn:nth-child(${turn}) .reply.is-done`)
    }
    await say(page, '你好')
    await page.waitForSelector('.failure >> text=/^额度已用完，\\d+ (小时|分钟|秒)后恢复。$/')
    expect(await page.locator('.turn').count()).toBe(4)
  })
})
