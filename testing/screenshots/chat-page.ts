import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { prepareChatPage } from '../../scripts/web/chat-page.ts'
import { readPageFiles } from '../../scripts/web/page-files.ts'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import type { TestBrowser } from '../servers/browser.ts'
import { hostPage } from '../servers/host-page.ts'
import { startLocalGateway } from '../servers/start-local-gateway.ts'
import { startCloudBaseAuth } from '../stand-ins/cloudbase-auth.ts'
import { makeExampleUsage } from './example-usage.ts'

/** A picture of the chat page: who looks at it, and what they do. */
interface ChatPicture {
  readonly name: string
  readonly options: BrowserContextOptions
  readonly prepare: (page: Page) => Promise<unknown>
}

const signIn = async (page: Page): Promise<void> => {
  await page.fill('[autocomplete=username]', 'ann')
  await page.fill('[autocomplete=current-password]', 'secret')
  await page.press('[autocomplete=current-password]', 'Enter')
  await page.waitForSelector('.model-select:enabled')
}

const talk = async (page: Page): Promise<void> => {
  await signIn(page)
  for (const question of ['你好', '数到12']) {
    await page.fill('textarea', question)
    await page.press('textarea', 'Enter')
    await page.waitForSelector('.turn:last-child .cost >> text=/points?|积分/')
  }
}

const openAccount = async (page: Page): Promise<void> => {
  await signIn(page)
  await page.click('.account-button')
  await page.waitForSelector('.chart canvas')
}

const pictures = (desktop: BrowserContextOptions, phone: BrowserContextOptions): readonly ChatPicture[] => [
  { name: 'light', options: { ...desktop, locale: 'zh-CN' }, prepare: talk },
  { name: 'account', options: { ...desktop, locale: 'en-US' }, prepare: openAccount },
  {
    name: 'phone',
    options: { ...phone, locale: 'zh-CN', colorScheme: 'dark' },
    prepare: (page) => page.waitForSelector('[autocomplete=username]'),
  },
]

/** Takes pictures of the chat page of an example app, with the real SDK against a login service on loopback. Returns their paths. */
export const takeChatPage = async (
  browser: TestBrowser,
  folder: string,
  { desktop, phone }: Readonly<Record<'desktop' | 'phone', BrowserContextOptions>>,
): Promise<string[]> => {
  const place = mkdtempSync(join(tmpdir(), 'chat-page-'))
  const usageFile = join(place, 'usage.jsonl')
  const store = fileStore(usageFile)
  await store.insert(makeExampleUsage(Date.now()))
  await store.end()
  const auth = await startCloudBaseAuth()
  auth.signIns.accounts.set('ann', { sub: 'u-1024', password: 'secret' })
  const gateway = await startLocalGateway({
    ...auth.environment,
    AUTH_MODE: 'jwks',
    CORS_ALLOW_ALL: 'true',
    USAGE_FILE: usageFile,
  })
  const config = {
    ...{ name: '小店助手', colour: '#0052d9', gateway: gateway.url, wallet: false },
    ...{ environment: auth.envId, authOrigin: auth.origin, signIn: ['password', 'phone', 'anonymous'] },
  }
  const host = await hostPage(() => prepareChatPage(readPageFiles('dist/web/chat'), config).files, '/')
  auth.safeOrigins.add(host.url)
  const paths: string[] = []
  for (const { name, options, prepare } of pictures(desktop, phone)) {
    const page = await browser.open(host.url, options)
    await prepare(page)
    const path = join(folder, `chat-page-${name}.png`)
    await page.screenshot({ path, animations: 'disabled' })
    await page.context().close()
    paths.push(path)
  }
  await Promise.all([host.close(), gateway.stop(), auth.close()])
  rmSync(place, { recursive: true, force: true })
  return paths
}
