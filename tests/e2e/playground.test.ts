import { execFileSync, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { measurePage } from '../../scripts/build/page-size.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { findBarriers, findSmallTargets, measureOverflow } from '../support/barriers.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'

const phone: BrowserContextOptions = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true }

let gateway: LocalGateway
let browser: TestBrowser

beforeAll(async () => {
  if (!browserProgram) return
  gateway = await startLocalGateway()
  browser = await startBrowser(browserProgram)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
}, 60_000)

/** Opens the page and waits for its models. */
const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
  const page = await browser.open(gateway.url, options)
  await page.waitForSelector('.model-select:enabled')
  return page
}

/** Asks by keyboard and waits for the end of the reply. */
const ask = async (page: Page, text: string): Promise<void> => {
  await page.fill('textarea', text)
  await page.press('textarea', 'Enter')
  await page.waitForSelector('.turn:last-child .reply.is-done .cost')
}

const readTexts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts()

/** The clipboard's text, once there is one. */
const readClipboard = async (page: Page): Promise<string> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const text: string = await page.evaluate('navigator.clipboard.readText()')
    if (text !== '') return text
    await page.waitForTimeout(50)
  }
  throw new Error('Nothing was copied.')
}

/** Python's environment: with the real package of OpenAI if the machine has it, or else with the small one of the fixtures. Undefined:
 *  there is no Python. */
const pythonEnvironment = ((): NodeJS.ProcessEnv | undefined => {
  const run = (code: string): boolean => spawnSync('python3', ['-c', code], { timeout: 60_000 }).status === 0
  if (!run('pass')) return undefined
  return run('import openai') ? process.env : { ...process.env, PYTHONPATH: resolve('tests/fixtures/python') }
})()

const runPython = (code: string): string =>
  execFileSync('python3', ['-c', code], { encoding: 'utf8', timeout: 60_000, env: pythonEnvironment })

describeWithBrowser('the playground', () => {
  afterEach(() => expect(browser.takeComplaints()).toEqual([]))

  test('greets, lists the models, and replies to an example with text, label, tokens and points', async () => {
    const page = await open()
    expect(await page.title()).toBe('LLM Gateway · Playground')
    expect(await readTexts(page, '.model-select option')).toEqual(['tiny'])
    await page.click('.examples button >> nth=0')
    await page.waitForSelector('.reply.is-done')
    expect(await readTexts(page, '.prose')).toEqual(['1 2 3 4 5 6 7 8 9 10 11 12.'])
    expect(await readTexts(page, '.label')).toEqual(['AI-generated'])
    await page.waitForSelector('.cost >> text=points')
    expect(await readTexts(page, '.cost')).toEqual([expect.stringMatching(/^20 \+ 27 tokens · 8 points · \d+\.\d s$/)])
    const { host } = new URL(page.url())
    expect(
      await page.evaluate(
        `performance.getEntriesByType('resource').filter(({ name }) => new URL(name).host !== '${host}').length`,
      ),
    ).toBe(0)
  })

  test('loads less than 60 KB after gzip', () => {
    const { own: bytes } = measurePage('dist/web/playground')
    expect(bytes).toBeGreaterThan(5_000)
    expect(bytes).toBeLessThan(60 * 1024)
  })

  test('streams Chinese to a Chinese browser, and sends the conversation so far (R211)', async () => {
    const page = await open({ locale: 'zh-CN' })
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN')
    const seen = page.waitForSelector('.reply.is-streaming .prose >> text=/^你/')
    await ask(page, '你好')
    await seen
    expect(await readTexts(page, '.prose')).toEqual(['你好！我是网关里的小模型。'])
    expect(await readTexts(page, '.label')).toEqual(['内容由 AI 生成'])
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await ask(page, '数到12')
    expect((await sent).postDataJSON().messages).toEqual([
      { role: 'user', content: '你好' },
      { role: 'assistant', content: '你好！我是网关里的小模型。' },
      { role: 'user', content: '数到12' },
    ])
    await page.click('text=EN')
    expect(await readTexts(page, '.label')).toEqual(['AI-generated', 'AI-generated'])
    await page.reload()
    expect(await page.getAttribute('html', 'lang')).toBe('en')
  })

  test('copies code of the same call that really runs (R211)', async () => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
    await ask(page, 'Count to 12.')
    await page.click('text=Code')
    const copy = async (language: string): Promise<string> => {
      await page.click(`.choices >> text=${language}`)
      await page.evaluate("navigator.clipboard.writeText('')")
      await page.click('dialog .link-button')
      return readClipboard(page)
    }
    const curl = execFileSync('bash', ['-c', await copy('curl')], { encoding: 'utf8', stdio: 'pipe', timeout: 60_000 })
    expect(curl).toContain('data: [DONE]')
    const script = ['--input-type=module', '-e', await copy('JavaScript')]
    expect(execFileSync(process.execPath, script, { encoding: 'utf8', timeout: 60_000 })).toBe(
      '1 2 3 4 5 6 7 8 9 10 11 12.',
    )
    if (pythonEnvironment) expect(runPython(await copy('Python'))).toBe('1 2 3 4 5 6 7 8 9 10 11 12.')
    else expect(await copy('Python')).toContain('messages=[')
  })

  test('copies a reply with its label', async () => {
    const page = await open({ locale: 'zh-CN', permissions: ['clipboard-read', 'clipboard-write'] })
    await ask(page, '你好')
    const confirmed = page.waitForSelector('.reply-tools >> text=已复制')
    await page.click('.reply-tools >> text=复制')
    await confirmed
    expect(await readClipboard(page)).toBe('你好！我是网关里的小模型。\n\n（内容由 AI 生成）')
  })

  test('works by keyboard alone (R211)', async () => {
    const page = await open()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.className')).toBe('model-select')
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate('document.activeElement.tagName')) === 'TEXTAREA') break
    }
    await page.keyboard.type('Count')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('to 12.')
    expect(await page.inputValue('textarea')).toBe('Count\nto 12.')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.reply.is-done')
    expect(await readTexts(page, '.question')).toEqual(['Count\nto 12.'])
    await page.focus('text=Code')
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog[open]')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    expect(await page.evaluate('document.activeElement.innerText')).toBe('Code')
  })

  test('does not send while an input method composes', async () => {
    const page = await open({ locale: 'zh-CN' })
    await page.focus('textarea')
    const protocol = await page.context().newCDPSession(page)
    await protocol.send('Input.imeSetComposition', { text: 'nihao', selectionStart: 5, selectionEnd: 5 })
    await page.keyboard.press('Enter')
    expect(await page.locator('.turn').count()).toBe(0)
    await page.evaluate(
      `document.querySelector('textarea').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }))`,
    )
    expect(await page.locator('.turn').count()).toBe(0)
  })

  test.each([
    ['a phone, light', { ...phone, colorScheme: 'light' }, 'rgb(251, 250, 248)'],
    ['a phone, dark', { ...phone, colorScheme: 'dark' }, 'rgb(22, 23, 25)'],
    ['a desktop, dark', { colorScheme: 'dark' }, 'rgb(22, 23, 25)'],
    ['a desktop, light', { colorScheme: 'light' }, 'rgb(251, 250, 248)'],
  ] as const)(
    'has no barrier, nothing too wide and nothing too small to touch on %s (R211)',
    async (_, options, paper) => {
      const page = await open({ ...options, locale: 'zh-CN' })
      expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(paper)
      expect(await findBarriers(page)).toEqual([])
      await ask(page, `${'很长的'.repeat(8)}${'x'.repeat(60)}`)
      expect([await measureOverflow(page), await findBarriers(page)]).toEqual([0, []])
      expect(await findSmallTargets(page)).toBe('')
      await page.click('.reply-tools >> text=代码')
      await page.waitForSelector('dialog[open]')
      expect([await measureOverflow(page), await findBarriers(page)]).toEqual([0, []])
    },
  )

  test('keeps the colours that the user has chosen', async () => {
    const page = await open({ colorScheme: 'light' })
    for (const name of ['As the system', 'Light']) await page.click(`button[aria-label$="${name}"]`)
    await page.reload()
    await page.waitForSelector('button[aria-label$="Dark"]')
    expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe('rgb(22, 23, 25)')
  })

  test('has no animation for those who want none', async () => {
    const page = await open({ reducedMotion: 'reduce' })
    await page.fill('textarea', 'Count to 12.')
    await page.press('textarea', 'Enter')
    const name: string = await page.evaluate(`new Promise((resolve) => {
      const look = () => {
        const waiting = document.querySelector('.waiting')
        if (waiting || document.querySelector('.is-done')) return resolve(waiting ? getComputedStyle(waiting).animationName : 'none')
        requestAnimationFrame(look)
      }
      look()
    })`)
    expect(name).toBe('none')
  })
})
