import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { readArguments } from '../rig/parse-arguments.ts'
import { provideBrowser, startBrowser, type TestBrowser } from '../servers/browser.ts'
import { startLocalGateway } from '../servers/start-local-gateway.ts'

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

/** `npm run screenshots`: takes the pictures of the docs. They need Chromium and a font for Chinese, such as `fonts-noto-cjk`. */
readArguments('npm run screenshots', {})
const program = provideBrowser()
if (!program) throw new Error('There is no browser. Install chromium, or set TEST_CHROMIUM.')
const gateway = await startLocalGateway()
const browser = await startBrowser(program)
for (const picture of pictures) {
  const path = await take(browser, gateway.url, picture)
  console.log(`${path}: ${(statSync(path).size / 1024).toFixed(1)} KB`)
}
await browser.close()
await gateway.stop()
