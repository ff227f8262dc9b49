import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import type { UsageRow } from '../../shared/usage/store/row.ts'
import { makeExampleUsage } from '../../testing/screenshots/example-usage.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { createUserFolder, type RunningConsole, startConsole } from '../../testing/servers/start-console.ts'
import { json, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { findBarriers, findSmallTargets, measureOverflow } from '../support/barriers.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'

/** Busy machines draw slowly. */
jest.setTimeout(90_000)

const { folder, remove } = createUserFolder()

let provider: ScriptedProvider
let running: RunningConsole
let browser: TestBrowser

/** One record of each kind, and two that were given up. */
const changes: readonly Partial<UsageRow>[] = [
  {},
  { estimated: true },
  { delivery: 'pending' },
  { delivery: 'dead', attempts: 12 },
  { delivery: 'dead', attempts: 12 },
  { outcome: 'orphan' },
]

beforeAll(async () => {
  if (!browserProgram) return
  const store = fileStore(join(folder, 'usage.jsonl'))
  const rows = makeExampleUsage(Date.now()).slice(0, changes.length)
  const plain = { estimated: false, delivery: 'none', user_id: '=1+1' } as const
  await store.insert(rows.map((row, place) => ({ ...row, ...plain, ...changes[place] })))
  await store.end()
  provider = await scriptedProvider(() => json({ error: { message: 'no such key' } }, 401))
  const entry = { provider: 'openai', api_base: `${provider.url}/v1`, api_key: 'sk-0123456789abcdef' }
  writeFileSync(join(folder, 'model_map.json'), JSON.stringify({ mine: entry }))
  running = await startConsole(folder, { USAGE_STORE: 'file', ALLOW_PRIVATE_UPSTREAMS: 'true', HOST: '0.0.0.0' })
  browser = await startBrowser(browserProgram)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await running?.stop()
  await provider?.close()
  remove()
}, 60_000)

const open = async (view: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const page = await browser.open(running.url, options)
  await page.goto(`${running.origin}/#/${view}`)
  await page.waitForSelector('.card')
  return page
}

const readIds = async (page: Page, kind: string): Promise<string[]> => {
  await page.click(`.choice >> text=${kind}`)
  await page.waitForSelector(`[aria-label="${kind}"] tbody tr`)
  return page.locator(`[aria-label="${kind}"] tbody code`).allInnerTexts()
}

const expectNoBarrier = async (page: Page): Promise<void> =>
  expect([await findBarriers(page), await measureOverflow(page), await findSmallTargets(page)]).toEqual([[], 0, ''])

describeWithBrowser('the console', () => {
  afterEach(() => expect(browser.takeComplaints()).toEqual([]))

  test('listens on 127.0.0.1 alone, whatever HOST says, and its page runs no script of others (R160)', async () => {
    const { port } = new URL(running.origin)
    await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow('fetch failed')
    const policy = (await fetch(running.origin, { headers: { accept: 'text/html' } })).headers.get(
      'content-security-policy',
    )
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|\*|http/)
  })

  test('lists the records that were estimated, broken off, not delivered and given up, and delivers the last ones again', async () => {
    const page = await open('usage')
    expect(await readIds(page, 'Newest')).toHaveLength(changes.length)
    for (const kind of ['Estimated', 'Undelivered', 'Broken off']) expect(await readIds(page, kind)).toHaveLength(1)
    const dead = await readIds(page, 'Dead')
    expect(dead).toHaveLength(2)
    await page.click('text=Deliver again')
    await page.waitForSelector('.difference >> text=2 → 0')
    await expectNoBarrier(page)
    await page.keyboard.type('redrive')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=status] >> text=2 records are due again.')
    await page.keyboard.press('Escape')
    await page.waitForSelector('text=There are none.')
    expect(await readIds(page, 'Undelivered')).toEqual(expect.arrayContaining(dead))
  })

  test('says which target does not work when a model is tried, without its key', async () => {
    const page = await open('models')
    await page.click('.row-tools >> text=Try')
    await page.click('.modal button >> text=Call')
    await page.waitForSelector('[role=status] >> text=A target does not work.')
    expect(await page.locator('[role=status] li').allInnerTexts()).toEqual([
      expect.stringMatching(/^mine openai \S+: fails: The provider refused the gateway's key\./),
    ])
    expect(await page.content()).not.toContain('0123456789')
    await expectNoBarrier(page)
  })

  test.each([
    ['a phone, light', { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true }],
    ['a desktop, dark', { colorScheme: 'dark' }],
  ] as const)('has no barrier in its dialogs and with its failures on %s (R161)', async (_, options) => {
    const page = await open('models', options)
    await page.click('text=Add a model')
    await page.click('.fold summary')
    await expectNoBarrier(page)
    await page.fill('.modal input >> nth=0', 'new')
    await page.fill('[name=api_base]', 'ftp://a.example')
    await page.click('text=Review the change')
    await page.waitForSelector('.failure')
    await expectNoBarrier(page)
    await page.keyboard.press('Escape')
    await page.fill('[name=api_base]', `https://${'a'.repeat(60)}.example/v1`)
    await page.click('text=Review the change')
    await page.waitForSelector('.difference')
    await expectNoBarrier(page)
    const stale = await browser.open(`${running.origin}/#token=old`, options)
    await stale.waitForSelector('.failure')
    await expectNoBarrier(stale)
    expect(browser.takeComplaints().every((line) => line.includes('Failed to load resource'))).toBe(true)
  })

  test('changes a model by keyboard alone (R161)', async () => {
    const page = await open('models')
    const tabTo = async (selector: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses += 1) {
        if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)})`)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`No ${selector} by Tab.`)
    }
    await tabTo('.row-tools button:nth-child(2)')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.modal')
    await tabTo('[name=upstream_model]')
    await page.keyboard.type('other')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.difference >> text=other')
    await page.keyboard.type('mine')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=status] >> text=It is written.')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    await page.waitForSelector('.row >> text=openai · other')
    expect(await page.evaluate("document.activeElement?.matches('.row-tools button:nth-child(2)')")).toBe(true)
  })
})
