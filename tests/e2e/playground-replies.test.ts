import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { startRouter } from '../../scripts/local/router/router.ts'
import { readPage, servePage } from '../../scripts/local/router/serve-page.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import {
  json,
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
  sse,
} from '../../testing/stand-ins/provider.ts'
import { findBarriers, findSmallTargets, measureOverflow } from '../support/barriers.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'
import { onCleanup } from '../support/on-cleanup.ts'

const adminKey = 'admin-key-of-the-test'

let provider: ScriptedProvider
let gateway: LocalGateway
let browser: TestBrowser

const chunk = (delta: object, rest: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null }], ...rest })}\n\n`

const end = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 1_234, completion_tokens: 30, total_tokens: 1_264, completion_tokens_details: { reasoning_tokens: 20 } } })}\n\ndata: [DONE]\n\n`

const markdown = `# 标题\n\n- 一\n- **二**\n\n\`\`\`html\n<b>code</b>\n\`\`\`\n\n<img src=x onerror="document.title='broken'"> \`x < y\`\n\n> 引用\n\n| 名 | 价 |\n| --- | ---: |\n| 小 | 9 |`

/** The provider does what the last message says. */
const scripts: Readonly<Record<string, () => Script>> = {
  think: () => sse(chunk({ reasoning_content: '先想一想' }), chunk({ content: '想好了' }), end),
  markdown: () => sse(chunk({ content: markdown }), end),
  hang: () => sse(chunk({ content: '开头' }), 'hang'),
  cut: () => sse(chunk({ content: '开头' }), 'cut'),
  busy: () => ({
    ...json({ error: { message: 'slow down', code: 'rate_limit' } }, 429),
    headers: { 'retry-after': '7' },
  }),
  poor: () => json({ error: { message: 'Insufficient Balance' } }, 402),
  refused: () => json({ error: { message: 'no such key' } }, 401),
}

const answer = ({ body }: ReceivedRequest): Script => {
  const messages = body['messages'] as { content: string }[]
  return scripts[messages.at(-1)?.content ?? '']?.() ?? json({}, 500)
}

beforeAll(async () => {
  if (!browserProgram) return
  provider = await scriptedProvider(answer)
  const entry = { provider: 'openai', api_base: `${provider.url}/v1`, api_key_env: 'SCRIPTED_API_KEY' }
  gateway = await startLocalGateway({
    MODEL_PROVIDER_MAP: JSON.stringify({ first: entry, second: entry }),
    SCRIPTED_API_KEY: 'k',
    AUTH_MODE: 'jwks',
    CLOUDBASE_ENV_ID: 'env-of-the-test',
    GATEWAY_ADMIN_KEY: adminKey,
  })
  browser = await startBrowser(browserProgram)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
  await provider?.close()
}, 60_000)

/** Enters the admin key. */
const enter = async (page: Page): Promise<void> => {
  await page.click('.failure button >> nth=0')
  await page.click('dialog >> text=Admin key')
  await page.fill('dialog .field', adminKey)
  await page.press('dialog .field', 'Enter')
  await page.waitForSelector('.model-select:enabled')
}

/** Opens the page with the credential, and says something. */
const say = async (text: string): Promise<Page> => {
  const page = await browser.open(gateway.url)
  await enter(page)
  await page.fill('textarea', text)
  await page.press('textarea', 'Enter')
  return page
}

const readText = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText()

describeWithBrowser('a reply in the playground', () => {
  // A browser reports each status of an error to the console.
  afterEach(() =>
    expect(browser.takeComplaints().filter((line) => !line.includes('Failed to load resource'))).toEqual([]),
  )

  test('needs a credential if the gateway asks who calls; it ends with the tab', async () => {
    const page = await browser.open(gateway.url)
    expect(await readText(page, '.failure-text')).toBe(
      'The gateway asks who calls. Enter an access token or the admin key.',
    )
    expect([await findBarriers(page), await findSmallTargets(page)]).toEqual([[], ''])
    await page.click('.failure button >> nth=0')
    expect([await findBarriers(page), await measureOverflow(page), await findSmallTargets(page)]).toEqual([[], 0, ''])
    await page.fill('dialog .field', 'no token')
    await page.click('dialog >> text=Save')
    await page.waitForSelector('.failure-text >> text=The access token is not valid. Enter a new one.')
    await enter(page)
    expect(await page.locator('.model-select option').allInnerTexts()).toEqual(['first', 'second'])
    await page.reload()
    await page.waitForSelector('.model-select:enabled')
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(adminKey)
  })

  test('comes from the chosen model, which is kept for the next visit', async () => {
    const page = await browser.open(gateway.url)
    await enter(page)
    await page.selectOption('.model-select', 'second')
    await page.reload()
    await page.fill('textarea', 'think')
    await page.waitForSelector('.round:enabled')
    await page.click('.round')
    await page.waitForSelector('.reply.is-done')
    expect(provider.requests.at(-1)?.body['model']).toBe('second')
    expect(await readText(page, '.reply-name')).toMatch(/^second/)
  })

  test('shows its thinking folded, and the tokens of it', async () => {
    const page = await say('think')
    await page.waitForSelector('.reply.is-done')
    expect(await readText(page, '.prose')).toBe('想好了')
    expect(await page.locator('.thoughts > p').isVisible()).toBe(false)
    await page.click('.thoughts summary')
    expect(await readText(page, '.thoughts > p')).toBe('先想一想')
    expect(await readText(page, '.cost')).toMatch(/^1,234 \+ 30 tokens · 20 of them thinking · /)
  })

  test.each([
    ['Escape', (page: Page) => page.keyboard.press('Escape')],
    ['the button', (page: Page) => page.click('.round[aria-label="Stop"]')],
  ])('is stopped by %s: the provider is too, and the points come (R210)', async (_, stop) => {
    const page = await say('hang')
    await page.waitForSelector('.reply.is-streaming .prose >> text=开头')
    await stop(page)
    await page.waitForSelector('.reply.is-stopped')
    await provider.requests.at(-1)?.closed
    await page.waitForSelector('.cost >> text=/Stopped.*points?/')
    expect(await readText(page, '.prose')).toBe('开头')
    await page.waitForSelector('.round[aria-label="Send"]')
  })

  test('draws Markdown as elements, and HTML as text', async () => {
    const page = await say('markdown')
    await page.waitForSelector('.reply.is-done')
    expect(await page.locator('.prose h3').allInnerTexts()).toEqual(['标题'])
    expect(await page.locator('.prose li').allInnerTexts()).toEqual(['一', '二'])
    expect(await readText(page, '.prose pre')).toBe('<b>code</b>')
    expect(await readText(page, '.prose > p')).toContain('<img src=x onerror=')
    expect(await page.locator('.prose img').count()).toBe(0)
    expect(await readText(page, '.prose blockquote')).toBe('引用')
    expect(await page.locator('.prose :is(th, td)').allInnerTexts()).toEqual(['名', '价', '小', '9'])
    expect([await findBarriers(page), await measureOverflow(page)]).toEqual([[], 0])
    expect(await page.title()).toBe('LLM Gateway · Playground')
  })

  test.each([
    ['busy', 'Too many requests. Try again in 7 s.'],
    ['poor', "The gateway's account at the provider has no credit. Its operator must add some."],
    ['refused', "The provider refuses the gateway's key. Its operator must correct the key."],
    ['cut', 'The provider or the gateway failed. Try again, or choose another model.'],
  ])('that fails (%s) says so in a sentence, and can be tried again (R210)', async (text, sentence) => {
    const page = await say(text)
    await page.waitForSelector('.reply.is-failed')
    expect(await readText(page, '.failure-text')).toBe(sentence)
    expect(await page.locator('.label').count()).toBe(text === 'cut' ? 1 : 0)
    await page.click('.failure summary')
    expect([await findBarriers(page), await measureOverflow(page)]).toEqual([[], 0])
    const before = provider.requests.length
    await page.click('.failure button')
    await page.waitForSelector('.reply.is-failed')
    expect(provider.requests.length).toBeGreaterThan(before)
    expect(await page.locator('.turn').count()).toBe(1)
  })

  test('comes too if the page lies below a path, beside the gateway of its host', async () => {
    const files = readPage('dist/web/playground')
    const pageServer = createServer((request, response) => {
      if (!servePage(files, request.url ?? '/', request, response)) response.writeHead(404).end()
    })
    const { url, close } = await waitForListening(pageServer.listen(0, '127.0.0.1'))
    const toTarget = (address: string) => ({ host: '127.0.0.1', port: Number(new URL(address).port) })
    const routes = [
      { path: '/some/path', target: toTarget(url) },
      { path: '/v1', target: toTarget(gateway.url), pathTransmission: true },
    ]
    const router = await startRouter({ host: '127.0.0.1', port: 0, routes })
    onCleanup(close, router.close)
    const page = await browser.open(`${router.url}/some/path/`)
    await enter(page)
    await page.fill('textarea', 'think')
    await page.press('textarea', 'Enter')
    await page.waitForSelector('.reply.is-done')
    expect(await readText(page, '.prose')).toBe('想好了')
  })
})
