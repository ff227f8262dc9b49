import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { measurePage } from '../../scripts/build/page-size.ts'
import { prepareChatPage } from '../../scripts/web/chat-page.ts'
import { readPageFiles } from '../../scripts/web/page-files.ts'
import { pages } from '../../scripts/web/pages.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { hostPage } from '../../testing/servers/host-page.ts'
import type { LoopbackServer } from '../../testing/servers/loopback-server.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
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

/** Busy machines draw slowly. */
jest.setTimeout(90_000)

const phone: BrowserContextOptions = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true }

const chunk = (content: string, rest: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...rest })}\n\n`

const end = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 10, completion_tokens: 30, total_tokens: 40 } })}\n\ndata: [DONE]\n\n`

/** Cuts a stream after every fifth byte, so that most characters are cut. */
const cut = (text: string): Script => {
  const bytes = Buffer.from(text)
  const places = Array.from({ length: Math.ceil(bytes.length / 5) }, (_, index) => index * 5)
  return sse(...places.flatMap((at) => [bytes.subarray(at, at + 5), new Promise((resolve) => setImmediate(resolve))]))
}

/** The provider does what the last message says. */
const scripts: Readonly<Record<string, () => Script>> = {
  你好: () => cut(`${chunk('你好，')}${chunk('👋世界')}${end}`),
  hang: () => sse(chunk('开头'), 'hang'),
  busy: () => ({
    ...json({ error: { message: 'slow down', code: 'rate_limit' } }, 429),
    headers: { 'retry-after': '7' },
  }),
}

const answer = ({ body }: ReceivedRequest): Script => {
  const messages = body['messages'] as { content: string }[]
  return (scripts[messages.at(-1)?.content ?? ''] ?? (() => sse(chunk('ok'), end)))()
}

let auth: CloudBaseAuth
let provider: ScriptedProvider
let gateway: LocalGateway
let host: LoopbackServer
let browser: TestBrowser
/** What the page of the host is set up with. */
let config: Record<string, unknown>

const path = '/apps/llm-chat/'

beforeAll(async () => {
  if (!browserProgram) return
  auth = await startCloudBaseAuth()
  provider = await scriptedProvider(answer)
  const built = readPageFiles('dist/web/chat')
  host = await hostPage(() => prepareChatPage(built, config).files, path)
  const entry = { provider: 'openai', api_base: `${provider.url}/v1`, api_key_env: 'SCRIPTED_API_KEY' }
  gateway = await startLocalGateway({
    ...auth.environment,
    MODEL_PROVIDER_MAP: JSON.stringify({ first: entry, second: entry }),
    SCRIPTED_API_KEY: 'k',
    AUTH_MODE: 'jwks',
    ALLOW_ANONYMOUS: 'true',
    CORS_ORIGINS: host.url,
  })
  auth.safeOrigins.add(host.url)
  auth.safeOrigins.add(gateway.url)
  auth.signIns.accounts.set('ann', { sub: 'ann-1', password: 'correct horse' })
  auth.signIns.accounts.set('+86 13800138000', { sub: 'phone-1' })
  auth.users.set('ann-1', { name: 'Ann' })
  browser = await startBrowser(browserProgram)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
  await host?.close()
  await provider?.close()
  await auth?.close()
}, 60_000)

const toConfig = (rest: object = {}): Record<string, unknown> => ({
  name: '小店助手',
  gateway: gateway.url,
  environment: auth.envId,
  authOrigin: auth.origin,
  signIn: ['password', 'phone', 'email', 'anonymous'],
  wallet: false,
  ...rest,
})

/** Opens the page below its path, on another origin than the gateway. */
const open = (options: BrowserContextOptions = {}, rest: object = {}): Promise<Page> => {
  config = toConfig(rest)
  return browser.open(`${host.url}${path}`, { locale: 'zh-CN', ...options })
}

const signIn = async (page: Page, password = 'correct horse'): Promise<void> => {
  await page.fill('[autocomplete=username]', 'ann')
  await page.fill('[autocomplete=current-password]', password)
  await page.press('[autocomplete=current-password]', 'Enter')
}

const enter = async (options: BrowserContextOptions = {}, rest: object = {}): Promise<Page> => {
  const page = await open(options, rest)
  await signIn(page)
  await page.waitForSelector('.model-select:enabled')
  return page
}

/** Lets the gateway get an expired token with the next question. */
const expireToken = (page: Page): Promise<unknown> =>
  page.route(
    '**/v1/chat/completions',
    (route) => {
      const exp = Math.floor(Date.now() / 1000) - 600
      const authorization = `Bearer ${auth.token({ claims: { sub: 'ann-1', exp } })}`
      return route.continue({ headers: { ...route.request().headers(), authorization } })
    },
    { times: 1 },
  )

const say = async (page: Page, text: string): Promise<void> => {
  await page.fill('textarea', text)
  await page.press('textarea', 'Enter')
}

const readColour = (page: Page, selector: string, property = 'backgroundColor'): Promise<string> =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}'))['${property}']`)

const readText = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText()

/** A browser reports each error status, and the SDK warns of each sign-in and captcha that is refused. */
const isExpected = (line: string): boolean =>
  /Failed to load resource|^warning: \[CloudBase Auth\]|图形验证码校验失败/.test(line)

describeWithBrowser('the chat page', () => {
  afterEach(() => expect(browser.takeComplaints().filter((line) => !isExpected(line))).toEqual([]))

  test.each<[string, BrowserContextOptions]>([
    ['on a desktop, in the dark', { colorScheme: 'dark' }],
    ['on a phone', phone],
  ])('lays the captcha over the sign-in if the login service asks for one: %s (R218)', async (_, options) => {
    const { captcha } = auth.signIns
    Object.assign(captcha, { answer: '7k2p', drawn: 0 })
    const page = await open(options)
    await page.waitForSelector('text=登录')
    await signIn(page)
    const picture = page.locator('#captcha-image')
    await picture.waitFor()
    expect(await page.evaluate("document.querySelector('#captcha-image').decode().then(() => 'drawn')")).toBe('drawn')
    expect(await page.evaluate("getComputedStyle(document.querySelector('body > div p')).color")).toBe('rgb(0, 0, 0)')
    expect(await measureOverflow(page)).toBe(0)
    const type = async (text: string): Promise<void> => {
      await page.fill('[placeholder=输入字符]', text)
      await page.click('button:text("确定")')
    }
    await type('nope')
    await page.waitForSelector('text=图形验证码错误')
    expect(captcha.drawn).toBe(2)
    await type('7k2p')
    await page.waitForSelector('.model-select:enabled')
    expect(await picture.count()).toBe(0)
    captcha.answer = undefined
  })

  test('is signed in to by name and password, and streams Chinese from a gateway of another origin below any path (R212, R214)', async () => {
    const page = await open()
    await page.waitForSelector('text=登录')
    expect(await page.title()).toBe('小店助手')
    await signIn(page, 'wrong')
    await page.waitForSelector('.failure >> text=用户名或密码不正确，请检查后重试。')
    await signIn(page)
    await page.waitForSelector('.model-select:enabled')
    await say(page, '你好')
    await page.waitForSelector('.reply.is-done')
    expect(await readText(page, '.prose')).toBe('你好，👋世界')
    expect(await readText(page, '.label')).toBe('内容由 AI 生成')
    expect(gateway.records().at(-1)).toMatchObject({ user_id: 'ann-1', model: 'first' })
    await page.reload()
    await page.waitForSelector('.model-select:enabled')
    await page.click('.account-button')
    await page.waitForSelector('.account-user >> text=Ann')
    await page.click('text=退出登录')
    await page.waitForSelector('[autocomplete=username]')
    await page.reload()
    await page.waitForSelector('[autocomplete=username]')
  })

  test.each([
    ['an SMS code', '短信验证码', '[autocomplete=tel]', '13800138000', '+86 13800138000', 'phone-1'],
    [
      'an e-mail code, which makes an account',
      '邮箱验证码',
      '[autocomplete=email]',
      'new@b.example',
      'new@b.example',
      'user-3',
    ],
  ])('is signed in to by %s (R212)', async (_, kind, field, typed, address, user) => {
    const page = await open()
    await page.click(`.choices >> text=${kind}`)
    await page.fill(field, typed)
    await page.press(field, 'Enter')
    await page.fill('[autocomplete=one-time-code]', '1')
    await page.press('[autocomplete=one-time-code]', 'Enter')
    await page.waitForSelector('.failure >> text=验证码不正确或已过期，请检查，或重新发送。')
    expect([await measureOverflow(page), await findBarriers(page), await findSmallTargets(page)]).toEqual([0, [], ''])
    await page.fill('[autocomplete=one-time-code]', auth.signIns.codes.get(address) ?? '')
    await page.press('[autocomplete=one-time-code]', 'Enter')
    await page.waitForSelector('.model-select:enabled')
    await say(page, 'ok')
    await page.waitForSelector('.reply.is-done')
    expect(gateway.records().at(-1)?.user_id).toBe(user)
  })

  test('is used without an account', async () => {
    const page = await open({}, { signIn: ['anonymous'] })
    await page.click('text=开始使用')
    await page.waitForSelector('.model-select:enabled')
    await page.click('.account-button')
    await page.waitForSelector('.account-user >> text=临时账号')
  })

  test('says what to do if a way to sign in is off, or the login service does not reply', async () => {
    auth.signIns.enabled.delete('password')
    const page = await open()
    await signIn(page)
    await page.waitForSelector('.failure >> text=这种登录方式尚未开启。请换一种，或联系管理员。')
    auth.signIns.enabled.add('password')
    auth.safeOrigins.delete(host.url)
    await signIn(page)
    await page.waitForSelector('.failure >> text=登录服务没有响应。请检查网络后重试。', { timeout: 30_000 })
    auth.safeOrigins.add(host.url)
    browser.takeComplaints()
    await signIn(page)
    await page.waitForSelector('.model-select:enabled')
  })

  test('renews an expired token unseen, both before a call and when the gateway refuses it (R212)', async () => {
    const page = await enter()
    const before = auth.calls.token
    await expireToken(page)
    await say(page, '你好')
    await page.waitForSelector('.reply.is-done')
    expect([await readText(page, '.prose'), auth.calls.token]).toEqual(['你好，👋世界', before + 1])
    await page.evaluate(`for (const name of Object.keys(localStorage).filter((name) => name.startsWith('credentials_')))
      localStorage.setItem(name, JSON.stringify({ ...JSON.parse(localStorage.getItem(name)), expires_at: new Date(0) }))`)
    await page.reload()
    await page.waitForSelector('.model-select:enabled')
    expect([await page.locator('.failure').count(), auth.calls.token]).toEqual([0, before + 2])
  })

  test('is stopped midway by the button and by Escape: the provider is too', async () => {
    const page = await enter()
    for (const stop of [() => page.click('.round[aria-label="停止"]'), () => page.keyboard.press('Escape')]) {
      await say(page, 'hang')
      await page.waitForSelector('.turn:last-child .reply.is-streaming .prose >> text=开头')
      await stop()
      await page.waitForSelector('.turn:last-child .reply.is-stopped')
      await provider.requests.at(-1)?.closed
    }
  })

  test('says how long to wait after a 429, and sends the question again (R213)', async () => {
    const page = await enter()
    await say(page, 'busy')
    await page.waitForSelector('.failure >> text=/请求过于频繁，请在 \\d 秒后重试。/')
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await page.click('.failure >> text=/^重试$/')
    expect((await sent).postDataJSON().messages).toEqual([{ role: 'user', content: 'busy' }])
    await page.waitForSelector('.reply.is-failed')
    expect(await page.locator('.turn').count()).toBe(1)
  })

  test('asks for a new sign-in when the session has ended, and keeps the conversation (R212)', async () => {
    const page = await enter()
    await say(page, '你好')
    await page.waitForSelector('.reply.is-done')
    auth.signIns.ended.add('ann-1')
    await expireToken(page)
    await say(page, 'ok')
    await page.waitForSelector('.failure >> text=登录无效，请重新登录。')
    auth.signIns.ended.delete('ann-1')
    await page.click('.failure button >> text=/^登录$/')
    await signIn(page)
    await page.waitForSelector('.turn >> nth=1')
    await page.waitForSelector('.model-select:enabled')
    await page.click('.turn:last-child .failure >> text=/^重试$/')
    await page.waitForSelector('.turn:last-child .reply.is-done')
    expect(await page.locator('.prose').allInnerTexts()).toEqual(['你好，👋世界', 'ok'])
    expect(provider.requests.at(-1)?.body['messages']).toHaveLength(3)
  })

  test.each([
    ['a phone, light', { ...phone, colorScheme: 'light' }, 'rgb(251, 250, 248)'],
    ['a phone, dark', { ...phone, colorScheme: 'dark' }, 'rgb(22, 23, 25)'],
    ['a desktop, dark', { colorScheme: 'dark' }, 'rgb(22, 23, 25)'],
    ['a desktop, light', { colorScheme: 'light' }, 'rgb(251, 250, 248)'],
  ] as const)(
    'has no barrier, nothing too wide and nothing too small to touch on %s (R214)',
    async (_, options, paper) => {
      const page = await open(options, { colour: '#ffd400' })
      const check = async (): Promise<void> => {
        expect([await measureOverflow(page), await findBarriers(page)]).toEqual([0, []])
        expect(await findSmallTargets(page)).toBe('')
      }
      await page.waitForSelector('[autocomplete=username]')
      expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(paper)
      await check()
      await signIn(page, 'wrong')
      await page.waitForSelector('.failure')
      await check()
      await signIn(page)
      await page.waitForSelector('.model-select:enabled')
      await say(page, `${'很长的'.repeat(8)}${'x'.repeat(60)}`)
      await page.waitForSelector('.reply.is-done')
      await check()
      await page.click('.account-button')
      await page.waitForSelector('.chart canvas')
      await check()
      expect(await readColour(page, '.brand-mark')).toBe(await readColour(page, '.label', 'color'))
    },
  )

  test('works by keyboard alone (R214)', async () => {
    const page = await open()
    await page.waitForSelector('[autocomplete=username]')
    const tabTo = async (selector: string): Promise<void> => {
      for (let presses = 0; presses < 20; presses += 1) {
        if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)})`)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`No ${selector} by Tab.`)
    }
    await tabTo('[autocomplete=username]')
    await page.keyboard.type('ann')
    await page.keyboard.press('Tab')
    await page.keyboard.type('correct horse')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.model-select:enabled')
    await tabTo('textarea')
    await page.keyboard.type('ok')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.reply.is-done')
    await page.keyboard.press('Escape')
    for (let presses = 0; presses < 20; presses += 1) {
      if (await page.evaluate("document.activeElement?.matches('.account-button')")) break
      await page.keyboard.press('Shift+Tab')
    }
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog[open]')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    expect(await page.evaluate("document.activeElement?.matches('.account-button')")).toBe(true)
  })

  test('reaches only the hosts that its config.json names (R214)', async () => {
    const page = await enter()
    const policy = await page.getAttribute('meta[http-equiv]', 'content')
    expect(policy).toContain(`connect-src 'self' ${gateway.url} ${auth.origin};`)
    expect(policy).not.toMatch(/unsafe|\*/)
    const blocked = await page.evaluate(`fetch('${provider.url}').then(() => 'sent', () => 'blocked')`)
    expect([blocked, browser.takeComplaints().some((line) => line.includes('Content Security Policy'))]).toEqual([
      'blocked',
      true,
    ])
  })

  test.each([
    ['no JSON object', [], 'config.json must be a JSON object.'],
    ['an unknown way to sign in', { environment: 'e', signIn: ['magic'] }, "'signIn' must be a list with some of"],
    ['a link that runs a script', { pointsUrl: 'javascript:alert(1)' }, "'pointsUrl' must be a URL"],
  ])('says that it is not set up if its config.json has %s', async (_, content, detail) => {
    const built = readPageFiles('dist/web/chat')
    const files = new Map(built).set('config.json', Buffer.from(JSON.stringify(content)))
    const own = await hostPage(() => files, '/')
    const page = await browser.open(own.url)
    await page.waitForSelector('text=This page is not set up yet. Its operator must look at config.json beside it.')
    await page.click('summary')
    expect(await readText(page, '.fold > p')).toContain(detail)
    expect([await measureOverflow(page), await findBarriers(page), await findSmallTargets(page)]).toEqual([0, [], ''])
    await page.close()
    await own.close()
  })

  test('lies at /chat/ of the local gateway, set up from its variables', async () => {
    expect((await fetch(`${gateway.url}/chat`, { redirect: 'manual' })).headers.get('location')).toBe('/chat/')
    const page = await browser.open(`${gateway.url}/chat/`)
    await page.waitForSelector('text=Sign in')
    expect(await page.locator('.choices').innerText()).toMatch(/Password\s+Without account/)
    await signIn(page)
    await page.waitForSelector('.model-select:enabled')
  })

  test('loads less than 60 KB of its own after gzip, and the SDK in a file of its own', () => {
    const { maxGzipBytes = 0, part } = pages.find(({ name }) => name === 'chat') ?? {}
    const { own, part: sdk } = measurePage('dist/web/chat', part)
    expect([own > 20_000, own < 60 * 1024, maxGzipBytes]).toEqual([true, true, 60 * 1024])
    expect([sdk > 20_000, sdk < 100 * 1024]).toEqual([true, true])
  })
})
