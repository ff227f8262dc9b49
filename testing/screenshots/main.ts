import { cpSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import { readArguments } from '../rig/parse-arguments.ts'
import { provideBrowser, startBrowser, type TestBrowser } from '../servers/browser.ts'
import { createUserFolder, startConsole } from '../servers/start-console.ts'
import { startLocalGateway } from '../servers/start-local-gateway.ts'
import { takeChatPage } from './chat-page.ts'
import { makeExampleUsage } from './example-usage.ts'

/** A picture of the playground: who looks at it, and what they ask. */
interface Picture {
  readonly name: string
  readonly options: BrowserContextOptions
  readonly questions: readonly string[]
}

const desktop = { viewport: { width: 1_120, height: 700 }, deviceScaleFactor: 1.5 }
const phone = { viewport: { width: 375, height: 720 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

const pictures: readonly Picture[] = [
  { name: 'light', options: { ...desktop, locale: 'en-US' }, questions: ['Count to 12.', '7 + 5 = ?'] },
  { name: 'dark', options: { ...desktop, locale: 'zh-CN', colorScheme: 'dark' }, questions: ['你好', '数到12'] },
  { name: 'phone', options: { ...phone, locale: 'zh-CN' }, questions: ['你好', '数到12'] },
]

const folder = 'docs/images'

/** Takes a picture of real replies, and returns its path. */
const take = async (browser: TestBrowser, url: string, { name, options, questions }: Picture): Promise<string> => {
  const page = await browser.open(url, options)
  await page.waitForSelector('.model-select:enabled')
  for (const question of questions) {
    await page.fill('textarea', question)
    await page.press('textarea', 'Enter')
    await page.waitForSelector(`.turn:last-child .cost >> text=/points?|积分/`)
  }
  const path = join(folder, `playground-${name}.png`)
  await page.screenshot({ path, animations: 'disabled' })
  await page.context().close()
  return path
}

/** A picture of the console: what is looked at, and what is done before. */
interface ConsolePicture {
  readonly name: string
  readonly options: BrowserContextOptions
  readonly view: string
  readonly prepare?: (page: Page) => Promise<unknown>
}

const reviewEdit = async (page: Page): Promise<void> => {
  await page.locator('.row', { hasText: 'glm-4.5' }).locator('.row-tools button >> nth=1').click()
  await page.fill('[name=upstream_model]', 'glm-4.5-air')
  await page.fill('[name=input_price_per_1m]', '0.8')
  await page.click('.modal form button[type=submit]')
  await page.waitForSelector('.difference')
}

const consolePictures: readonly ConsolePicture[] = [
  { name: 'usage', options: { ...desktop, locale: 'en-US' }, view: 'usage' },
  { name: 'change', options: { ...desktop, locale: 'en-US' }, view: 'models', prepare: reviewEdit },
  { name: 'dark', options: { ...desktop, locale: 'zh-CN', colorScheme: 'dark' }, view: 'usage' },
  { name: 'phone', options: { ...phone, locale: 'zh-CN' }, view: 'usage' },
]

/** Takes pictures of the console on example records, and returns their paths. */
const takeConsole = async (browser: TestBrowser): Promise<string[]> => {
  const { folder: userFolder, remove } = createUserFolder()
  cpSync('model_map.json', join(userFolder, 'model_map.json'))
  const store = fileStore(join(userFolder, 'usage.jsonl'))
  await store.insert(makeExampleUsage(Date.now()))
  await store.end()
  const running = await startConsole(userFolder, {
    USAGE_STORE: 'file',
    GLM_API_KEY: 'example',
    DEEPSEEK_API_KEY: 'example',
  })
  const paths: string[] = []
  for (const { name, options, view, prepare } of consolePictures) {
    const page = await browser.open(running.url, options)
    await page.goto(`${running.origin}/#/${view}`)
    await page.waitForSelector(view === 'usage' ? '.chart canvas' : '.row')
    await prepare?.(page)
    const path = join(folder, `console-${name}.png`)
    await page.screenshot({ path, animations: 'disabled' })
    await page.context().close()
    paths.push(path)
  }
  await running.stop()
  remove()
  return paths
}

const report = (path: string): void => console.log(`${path}: ${(statSync(path).size / 1024).toFixed(1)} KB`)

/** `npm run screenshots`: takes the pictures of the docs. They need Chromium and a font for Chinese, such as `fonts-noto-cjk`. */
readArguments('npm run screenshots', {})
const program = provideBrowser()
if (!program) throw new Error('There is no browser. Install chromium, or set TEST_CHROMIUM.')
const gateway = await startLocalGateway()
const browser = await startBrowser(program)
for (const picture of pictures) {
  const path = await take(browser, gateway.url, picture)
  report(path)
}
for (const path of await takeConsole(browser)) report(path)
for (const path of await takeChatPage(browser, folder, { desktop, phone })) report(path)
await browser.close()
await gateway.stop()
