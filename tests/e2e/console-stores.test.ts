import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { type SharedStoreConfig, toSharedStore } from '../../shared/gateway/config/usage-config.ts'
import { openRowStore } from '../../shared/gateway/stores/row-store.ts'
import { parseQuotas } from '../../shared/limits/quotas/parse-quotas.ts'
import { createQuotas } from '../../shared/limits/quotas/quotas.ts'
import type { User } from '../../shared/protocol/user.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { createUserFolder, type RunningConsole, startConsole } from '../../testing/servers/start-console.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { startTencentCloud, type TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'
import { quickWaits } from '../cloud/project.ts'
import { findBarriers, findSmallTargets, measureOverflow } from '../support/barriers.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { seedTable } from '../support/seed-table.ts'

/** Busy machines draw slowly. */
jest.setTimeout(90_000)

const { folder, remove } = createUserFolder()

const stores = { USAGE_STORE: 'mysql', WALLET: 'on' } as const

const quotas = [
  { name: 'daily', unit: 'requests', window: 'day', per: 'user', limit: 20 },
  { name: 'all', unit: 'tokens', window: 'month', per: 'environment', limit: 1_000 },
] as const

let database: TestDatabase
let cloud: TencentCloud
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

const read = async (path: string): Promise<unknown> =>
  (await fetch(`${running.origin}/api/${path}`, { headers: { 'x-console-token': running.token } })).json()

const phone = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true }

describeWithDatabase('the console on MySQL', () => {
  beforeAll(async () => {
    database = await testDatabase()
    await database.query(seedTable)
    cloud = await startTencentCloud()
    writeFileSync(join(folder, 'model_map.json'), '{}')
    const { envId: CLOUDBASE_ENV_ID, secretId, secretKey } = cloud.state
    running = await startConsole(folder, {
      ...{ ...cloud.environment, ...quickWaits, CLOUDBASE_ENV_ID },
      ...{ TENCENTCLOUD_SECRETID: secretId, TENCENTCLOUD_SECRETKEY: secretKey },
      ...{ ...stores, MYSQL_DSN: database.dsn, QUOTAS: JSON.stringify(quotas) },
    })
    if (browserProgram) browser = await startBrowser(browserProgram)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await running?.stop()
    await cloud?.close()
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

  test('shows what is used of quotas, without a change of the counts', async () => {
    const config = readConfig({ ...stores, MYSQL_DSN: database.dsn, DISABLE_AUTH: 'true' })
    const store = await openRowStore(toSharedStore(config.usage.store) as SharedStoreConfig)
    const user: User = { id: 'ann', kind: 'user', groups: [] }
    const parsed = parseQuotas(JSON.stringify(quotas), 'QUOTAS').value ?? []
    const amounts = { requests: 3, tokens: 70, points: 0 }
    const share = await createQuotas({ store }).take(parsed, { user, model: 'm', id: 'call-1', amounts, maxMs: 60_000 })
    for (let look = 0; look < 2; look++)
      expect(await read('quotas?subject=ann')).toMatchObject({
        quotas,
        counts: [
          { quota: 'daily', subject: 'ann', used: 3 },
          { quota: 'all', subject: '', used: 70 },
        ],
        problem: null,
      })
    if ('settle' in share) await share.settle({ tokens: 50, points: 0 })
    expect(await read('quotas')).toMatchObject({ counts: [{ quota: 'all', used: 50 }] })
    await store.end()
  })

  describeWithBrowser('in a browser', () => {
    test.each([
      ['quotas', '.count'],
      ['doctor', '.findings'],
    ])('shows %s on a phone in the dark without a barrier (R161)', async (view, selector) => {
      const page = await browser.open(running.url, { ...phone, colorScheme: 'dark', locale: 'zh-CN' })
      await page.goto(`${running.origin}/#/${view}`)
      if (view === 'doctor') await page.click('text=开始检查')
      await page.waitForSelector(selector, { timeout: 60_000 })
      const found = [await findBarriers(page), await measureOverflow(page), await findSmallTargets(page)]
      expect(found).toEqual([[], 0, ''])
    })

    test('shows the findings of the doctor with their fixes', async () => {
      const { sections } = (await read('doctor')) as { sections: { findings: { level: string; fix: string }[] }[] }
      const problems = sections.flatMap(({ findings }) => findings).filter(({ level }) => level === 'problem')
      expect(problems.length).toBeGreaterThan(5)
      expect(problems.filter(({ fix }) => fix === '')).toEqual([])
    })

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
