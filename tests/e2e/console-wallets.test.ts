import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { createUserFolder, type RunningConsole, startConsole } from '../../testing/servers/start-console.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { findBarriers, findSmallTargets, measureOverflow } from '../support/barriers.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { seedTable } from '../support/seed-table.ts'

/** Busy machines draw slowly. */
jest.setTimeout(90_000)

const { folder, remove } = createUserFolder()

let database: TestDatabase
let running: RunningConsole
let browser: TestBrowser

const readTexts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts()

/** Asks for a change as the page does, and confirms it. */
const confirm = async (name: string, request: object): Promise<unknown> => {
  const headers = { 'x-console-token': running.token, 'content-type': 'application/json' }
  const post = async (body: object) => {
    const reply = await fetch(`${running.origin}/api/change`, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await reply.json()) as { plan?: object; result?: object; error?: object }
  }
  const planned = await post({ name, request })
  if (!planned.plan) return planned.error
  const done = await post({ name, request, confirmation: planned.plan })
  return done.result ?? done.error
}

describeWithDatabase('the console on MySQL', () => {
  beforeAll(async () => {
    database = await testDatabase()
    await database.query(seedTable)
    running = await startConsole(folder, { MYSQL_DSN: database.dsn, USAGE_STORE: 'mysql', WALLET: 'on' })
    if (browserProgram) browser = await startBrowser(browserProgram)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await running?.stop()
    remove()
  }, 60_000)

  test('adds a model to the table, changes it, and writes nothing that the gateway would refuse (R162)', async () => {
    const readTable = () =>
      database.query('SELECT model_name, provider, api_base, api_key_env, enabled FROM llm_gateway_model_map')
    const added = await confirm('model', {
      model: 'deepseek-chat',
      is_new: true,
      fields: { provider: 'deepseek', api_key_env: 'DEEPSEEK_API_KEY' },
    })
    expect(added).toEqual({ model: 'deepseek-chat', kind: 'table' })
    await confirm('model', { model: 'Deepseek-Chat', fields: { api_key_env: '', enabled: '0' } })
    expect(await readTable()).toEqual([
      { model_name: 'deepseek-chat', provider: 'deepseek', api_base: '', api_key_env: '', enabled: 0 },
    ])
    expect(
      await confirm('model', { model: 'bad', is_new: true, fields: { api_base: 'ftp://a.example' } }),
    ).toMatchObject({
      message: expect.stringContaining('api_base'),
    })
    expect(await confirm('model', { model: 'deepseek-chat', fields: { weight: '2' } })).toMatchObject({
      message: expect.stringContaining('The table has no column weight'),
    })
    expect(await readTable()).toHaveLength(1)
  })

  test('grants once a key, and refuses bad input', async () => {
    const grant = { user_id: 'bob', points: 50, key: 'order-1', reason: 'gift' }
    for (let time = 0; time < 2; time++) expect(await confirm('grant', grant)).toEqual({ granted: 50, balance: 50 })
    expect(await confirm('grant', { ...grant, points: 60 })).toMatchObject({ code: 'idempotency_conflict' })
    for (const wrong of [{ points: 0 }, { points: 1.5 }, { user_id: 'a b' }, { key: '' }, { expires_at: 'soon' }])
      expect(await confirm('grant', { ...grant, ...wrong })).toMatchObject({ code: 'invalid_value' })
    expect(await confirm('revoke', { key: 'unknown' })).toMatchObject({ code: 'grant_not_found' })
  })

  describeWithBrowser('in a browser', () => {
    afterEach(() => expect(browser.takeComplaints()).toEqual([]))

    test('grants points that are then in the wallet, and takes them back, by keyboard alone (R161)', async () => {
      const page = await browser.open(running.url)
      await page.goto(`${running.origin}/#/wallets`)
      await page.focus('[type=search]')
      await page.keyboard.type('ann')
      await page.keyboard.press('Enter')
      await page.focus('[name=points]')
      await page.keyboard.type('500')
      await page.keyboard.press('Tab')
      await page.keyboard.type('welcome')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.difference')
      expect((await readTexts(page, '.difference-item')).slice(0, 3).map((text) => text.replace(/\s+/g, ' '))).toEqual([
        'Balance 0 → 500',
        'Points 500',
        'Reason welcome',
      ])
      expect([await findBarriers(page), await measureOverflow(page), await findSmallTargets(page)]).toEqual([[], 0, ''])
      await page.focus('.modal input')
      await page.keyboard.type('ann')
      await page.keyboard.press('Enter')
      await page.waitForSelector('[role=status] >> text=500 points were granted.')
      const [row] = await database.query("SELECT data FROM llm_gateway_usage_wallet WHERE id = 'wallet:ann'")
      expect(JSON.parse(row?.['data']).grants).toMatchObject([{ points: 500, left: 500, reason: 'welcome' }])
      await page.keyboard.press('Escape')
      await page.waitForSelector('.wallet .fact >> text=500')
      await page.waitForSelector('.choice >> text=500 points')
      expect(await readTexts(page, '[aria-label=Entries] tbody tr td:nth-child(3)')).toEqual(['+500'])
      await page.focus('[aria-label=Grants] button')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.difference')
      await page.focus('.modal input')
      await page.keyboard.type('ann')
      await page.keyboard.press('Enter')
      await page.waitForSelector('[role=status] >> text=500 points were taken back')
      await page.keyboard.press('Escape')
      await page.waitForSelector('text=No grant has points left.')
      expect(await readTexts(page, '[aria-label=Entries] tbody tr td:nth-child(3)')).toEqual(['-500', '+500'])
    })
  })
})
