import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { createUserFolder, type RunningConsole, startConsole } from '../../testing/servers/start-console.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'

/** Busy machines draw slowly. */
jest.setTimeout(90_000)

const { folder, remove } = createUserFolder()

let gateway: LocalGateway
let running: RunningConsole
let browser: TestBrowser

/** The two commands of a newcomer: `npm run dev` and `npm run console`, without a `.env`. */
beforeAll(async () => {
  if (!browserProgram) return
  gateway = await startLocalGateway({ USAGE_FILE: '' }, folder)
  running = await startConsole(folder)
  browser = await startBrowser(browserProgram)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await running?.stop()
  await gateway?.stop()
  remove()
}, 60_000)

const readTexts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts()

const readWallet = async () =>
  (await (await fetch(`${gateway.url}/v1/wallet`)).json()) as { readonly balance: number; readonly entries: object[] }

/** Types the word that the dialog asks for, and closes the dialog when the change is made. */
const confirm = async (page: Page, done: string): Promise<void> => {
  await page.fill('.modal input', 'local')
  await page.press('.modal input', 'Enter')
  await page.waitForSelector(`[role=status] >> text=${done}`)
  await page.press('.modal', 'Escape')
}

describeWithBrowser('the wallet of npm run dev', () => {
  afterEach(() => expect(browser.takeComplaints()).toEqual([]))

  test('is charged by the first reply on the chat page, which then shows what is left (R217)', async () => {
    const page = await browser.open(`${gateway.url}/chat/`)
    await page.waitForSelector('.model-select:enabled')
    await page.fill('textarea', 'Count to 12.')
    await page.press('textarea', 'Enter')
    await page.waitForSelector('.reply.is-done')
    const { balance, entries } = await readWallet()
    expect(balance).toBeLessThan(10_000)
    expect(entries).toMatchObject([{ kind: 'charge' }, { kind: 'grant', points: 10_000 }])
    await page.waitForSelector(`.account-button >> text=${balance.toLocaleString('en')} points`)
    await page.click('.account-button')
    await page.waitForSelector(`.balance >> text=${balance.toLocaleString('en')} points`)
  })

  test('is found in the console, with its calls; points are granted and taken back there (R217)', async () => {
    const { balance } = await readWallet()
    const page = await browser.open(running.url)
    await page.goto(`${running.origin}/#/wallets`)
    await page.fill('[type=search]', 'lo')
    await page.click('.choice >> text=local')
    await page.waitForSelector('[aria-label=Entries] tbody tr')
    expect(await readTexts(page, '[aria-label=Entries] tbody tr td:nth-child(3)')).toEqual([
      String(balance - 10_000),
      '+10,000',
    ])
    expect(await readTexts(page, '.card h3')).toEqual(['Grants', 'Entries'])
    await page.fill('[name=points]', '500')
    await page.press('[name=points]', 'Enter')
    await page.waitForSelector('.difference')
    expect(await readTexts(page, '.difference del')).toEqual([balance.toLocaleString('en')])
    expect(await page.evaluate("document.activeElement.matches('.modal input')")).toBe(true)
    await confirm(page, '500 points were granted.')
    await page.waitForSelector(`.choice >> text=${(balance + 500).toLocaleString('en')} points`)
    expect((await readWallet()).balance).toBe(balance + 500)
    const chat = await browser.open(`${gateway.url}/chat/`)
    await chat.click('.account-button')
    await chat.waitForSelector(`.balance >> text=${(balance + 500).toLocaleString('en')} points`)
    await chat.waitForSelector('.grants >> text=500, no expiry')
    await chat.context().close()
    await page.click('[aria-label=Grants] button')
    await page.waitForSelector('.difference')
    await confirm(page, '500 points were taken back')
    await page.waitForSelector(`.choice >> text=${balance.toLocaleString('en')} points`)
    expect((await readWallet()).balance).toBe(balance)
  })
})
