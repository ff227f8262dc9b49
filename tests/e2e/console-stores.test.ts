import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { type KeysSource, readKeysConfig } from '../../shared/gateway/config/keys-config.ts'
import { type SharedStoreConfig, toSharedStore } from '../../shared/gateway/config/usage-config.ts'
import { openKeys } from '../../shared/gateway/stores/open-keys.ts'
import { openRowStore } from '../../shared/gateway/stores/row-store.ts'
import { parseQuotas } from '../../shared/limits/quotas/parse-quotas.ts'
import { createQuotas } from '../../shared/limits/quotas/quotas.ts'
import type { User } from '../../shared/protocol/user.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { createUserFolder, type RunningConsole, startConsole } from '../../testing/servers/start-console.ts'
import { startFunction } from '../../testing/servers/start-function.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { json, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { startTencentCloud, type TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'
import { quickWaits } from '../cloud/project.ts'
import { findBarriers, findSmallTargets, measureOverflow } from '../support/barriers.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { seedTable } from '../support/seed-table.ts'

const reply = {
  ...{ id: 'a', object: 'chat.completion', created: 1, model: 'chat' },
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

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

  test('makes a key that works, shows it once, and ends it (R163)', async () => {
    const attributes = { name: 'ci', models: ['deepseek-chat'], points: 9, window: 'day', groups: ['staff'] }
    const made = (await confirm('key', { user_id: 'kim', ...attributes })) as { id: string; secret: string }
    expect(made.secret).toMatch(/^sk-\w{49}$/)
    const listed = await read('keys?user=kim')
    expect(listed).toMatchObject({
      is_on: false,
      keys: [{ id: made.id, user: 'kim', status: 'active', ...attributes, created_by: 'operator' }],
    })
    for (const view of [listed, await read('keys'), await database.query('SELECT * FROM llm_gateway_usage_wallet')])
      expect(JSON.stringify(view)).not.toContain(made.secret.slice(8))
    const { keys } = readConfig({ ...stores, MYSQL_DSN: database.dsn, DISABLE_AUTH: 'true', KEYS: 'on' })
    const { book, end } = await openKeys(readKeysConfig(keys as KeysSource))
    expect(await book.find(made.secret)).toMatchObject({ user: 'kim', record: { id: made.id, revoked_at: null } })
    expect(await confirm('key_end', { user_id: 'ann', id: made.id })).toMatchObject({ code: 'key_not_found' })
    expect(await confirm('key_end', { user_id: 'kim', id: made.id })).toEqual({ id: made.id })
    expect(await book.find(made.secret)).toMatchObject({ record: { revoked_by: 'operator' } })
    expect(await confirm('key_end', { user_id: 'kim', id: made.id })).toMatchObject({ code: 'key_not_found' })
    await end()
  })

  test.each([
    [{ user_id: '' }],
    [{ user_id: 'a b' }],
    [{ models: [] }],
    [{ groups: 'staff' }],
    [{ points: 0 }],
    [{ window: 'day' }],
    [{ expires_at: '2001-01-01' }],
    [{ addresses: ['here'] }],
  ])('refuses a key with %j before anything is written', async (wrong) => {
    expect(await confirm('key', { user_id: 'lee', ...wrong })).toMatchObject({ code: 'invalid_value' })
    expect(await read('keys?user=lee')).toMatchObject({ keys: [] })
  })

  test.each([
    ['off', 'KEYS=on'],
    ['on', null],
  ])('says whether quotas for each key can be counted: KEYS=%s', async (state, problem) => {
    const perKey = { name: 'per-key', unit: 'requests', window: 'day', per: 'key', limit: 5 }
    const variables = { ...stores, MYSQL_DSN: database.dsn, QUOTAS: JSON.stringify([perKey]), KEYS: state }
    const other = await startConsole(folder, variables)
    const headers = { 'x-console-token': other.token }
    const reply = await fetch(`${other.origin}/api/quotas?subject=key_1`, { headers })
    await other.stop()
    expect(await reply.json()).toMatchObject(
      problem === null
        ? { counts: [{ quota: 'per-key', subject: 'key_1', used: 0 }], problem: null }
        : { problem: expect.stringContaining(problem) },
    )
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
      ['keys', '.table'],
      ['doctor', '.findings'],
    ])('shows %s on a phone in the dark without a barrier (R161)', async (view, selector) => {
      const page = await browser.open(running.url, { ...phone, colorScheme: 'dark', locale: 'zh-CN' })
      await page.goto(`${running.origin}/#/${view}`)
      if (view === 'doctor') await page.click('text=开始检查')
      await page.waitForSelector(selector, { timeout: 60_000 })
      const found = [await findBarriers(page), await measureOverflow(page), await findSmallTargets(page)]
      expect(found).toEqual([[], 0, ''])
    })

    test('makes a key, shows it once, and revokes it, by keyboard alone (R161)', async () => {
      const page = await browser.open(running.url)
      await page.goto(`${running.origin}/#/keys`)
      await page.waitForSelector('text=KEYS is not on')
      await page.focus('[name=user_id]')
      await page.keyboard.type('pat')
      await page.focus('[name=models]')
      await page.keyboard.type('a, b')
      await page.focus('[name=points]')
      await page.keyboard.type('5')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.difference')
      expect((await readTexts(page, '.difference-item')).map((text) => text.replace(/\s+/g, ' '))).toEqual([
        'Owner pat',
        'Models a, b',
        'Points 5',
        'Period total',
      ])
      expect(await read('keys?user=pat')).toMatchObject({ keys: [] })
      await page.focus('.modal input')
      await page.keyboard.type('pat')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.secret')
      const [secret = ''] = await readTexts(page, '.secret')
      expect(secret).toMatch(/^sk-\w{49}$/)
      expect([await findBarriers(page), await measureOverflow(page), await findSmallTargets(page)]).toEqual([[], 0, ''])
      await page.keyboard.press('Escape')
      const row = page.locator('[aria-label=Keys] tbody tr', { hasText: 'pat' })
      await row.waitFor()
      expect(await row.innerText()).toMatch(/Active\s+a, b, 5 points in total/)
      await page.focus('.tool-text')
      await page.keyboard.press('Enter')
      await page.waitForSelector('[aria-label=密钥] tbody tr >> text=a, b, 总共 5 积分')
      await page.keyboard.press('Enter')
      await row.waitFor()
      expect(await page.content()).not.toContain(secret.slice(8))
      await row.locator('button').focus()
      await page.keyboard.press('Enter')
      await page.waitForSelector('.difference')
      await page.focus('.modal input')
      await page.keyboard.type('pat')
      await page.keyboard.press('Enter')
      await page.waitForSelector('[role=status] >> text=is revoked.')
      await page.keyboard.press('Escape')
      await row.locator('text=Revoked').waitFor()
      expect(await row.locator('button').count()).toBe(0)
      await page.context().close()
    })

    test('shows the findings of the doctor with their fixes', async () => {
      const { sections } = (await read('doctor')) as { sections: { findings: { level: string; fix: string }[] }[] }
      const problems = sections.flatMap(({ findings }) => findings).filter(({ level }) => level === 'problem')
      expect(problems.length).toBeGreaterThan(5)
      expect(problems.filter(({ fix }) => fix === '')).toEqual([])
    })

    test('shows which target rests, for how long and why', async () => {
      const provider = await scriptedProvider(({ body }) =>
        body['model'] === 'spent' ? json({ error: { code: 'insufficient_quota', message: 'no' } }, 429) : json(reply),
      )
      const entry = { api_base: `${provider.url}/v1`, api_key: 'sk-0123456789abcdef' }
      const targets = [{ upstream_model: 'spent' }, { upstream_model: 'full' }]
      const variables = {
        ...{ ...stores, WALLET: 'off', MYSQL_DSN: database.dsn, REMOTE_CONFIG_SOURCE: 'none' },
        ...{ ALLOW_PRIVATE_UPSTREAMS: 'true', MODEL_PROVIDER_MAP: JSON.stringify({ chat: { ...entry, targets } }) },
      }
      const { url, stop } = await startFunction('llm-chat-completions', { ...variables, DISABLE_AUTH: 'true' })
      const ask = () =>
        fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'hi' }] }),
        })
      const isSpent = () => provider.requests.some(({ body }) => body['model'] === 'spent')
      for (let calls = 0; calls < 50 && !isSpent(); calls++) expect((await ask()).status).toBe(200)
      const other = await startConsole(folder, variables)
      const page = await browser.open(other.url)
      await page.waitForSelector('.fact >> text=/Resting targets\\s*1$/')
      await page.goto(`${other.origin}/#/models`)
      await page.waitForSelector('.row-alert >> text=/^chat\\/1 rests for \\d+ s: quota$/')
      await page.context().close()
      await Promise.all([other.stop(), stop(), provider.close()])
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
      await page.waitForSelector('.stack .fact >> text=500')
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
