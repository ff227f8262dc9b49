import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { measurePage } from '../../scripts/build/page-size.ts'
import { startBrowser, type TestBrowser } from '../../testing/servers/browser.ts'
import { loopbackServer } from '../../testing/servers/loopback-server.ts'
import { createUserFolder, type RunningConsole, startConsole } from '../../testing/servers/start-console.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { findBarriers, findSmallTargets, measureOverflow } from '../support/barriers.ts'
import { waitForChart } from '../support/chart-drawn.ts'
import { browserProgram, describeWithBrowser } from '../support/describe-with-browser.ts'

const phone: BrowserContextOptions = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true }

/** Busy machines draw slowly. */
jest.setTimeout(90_000)

const { folder, remove } = createUserFolder()

/** Secrets that no reply may hold. */
const secrets = {
  GATEWAY_ADMIN_KEY: 'admin-key-0123456789',
  GLM_API_KEY: 'glm-secret-abcdef123',
  TENCENTCLOUD_SECRETKEY: 'SecretKeySecretKey99',
  BILLING_WEBHOOK_URL: 'https://hook.example/x?key=webhook-secret-77',
}

const map = {
  'glm-4.5': { provider: 'openai', api_base: 'https://open.bigmodel.cn/api/paas/v4', api_key_env: 'GLM_API_KEY' },
  inline: { api_base: 'https://ann:url-password-5@a.example/v1', api_key: 'sk-inline-key-12345' },
  query: { api_base: 'https://a.example/v1?api-key=query-secret-66', api_key_env: 'A_API_KEY' },
  several: { targets: [{ api_base: 'https://b.example', api_key: 'sk-target-key-12345' }] },
  alias: { base_url: 'https://bob:alias-password-5@d.example/v1?key=alias-query-77', api_key_env: 'B_API_KEY' },
  targeted: {
    targets: [{ base_url: 'https://eve:target-password-5@e.example/v1?key=target-query-77' }],
    api_key_env: 'C_API_KEY',
  },
  broken: { provider: 'openai', api_base: 'ftp://c.example' },
  off: { provider: 'deepseek', enabled: 0 },
}

let gateway: LocalGateway
let running: RunningConsole
let browser: TestBrowser

beforeAll(async () => {
  writeFileSync(join(folder, 'model_map.json'), JSON.stringify(map))
  gateway = await startLocalGateway({}, folder)
  running = await startConsole(folder, { ...secrets, USAGE_STORE: '' })
  if (browserProgram) browser = await startBrowser(browserProgram)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await running?.stop()
  await gateway?.stop()
  remove()
}, 60_000)

interface Reply {
  readonly status: number
  readonly text: string
}

/** Sends a request with any header, which `fetch` does not allow. */
const call = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = request(`${running.origin}/${path}`, { method, headers }, (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => (text += piece.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject).end()
  })

const mapPath = join(folder, 'model_map.json')

const readMap = (): Record<string, object> => JSON.parse(readFileSync(mapPath, 'utf8'))

interface ChangeReply {
  readonly plan?: { readonly state: string; readonly word: string }
  readonly result?: object
  readonly error?: { readonly code: string }
}

/** Asks for a change as the page does. */
const change = async (name: string, request: object, confirmation?: object) => {
  const headers = { ...withToken(), 'content-type': 'application/json' }
  const body = JSON.stringify({ name, request, ...(confirmation && { confirmation }) })
  const reply = await fetch(`${running.origin}/api/change`, { method: 'POST', headers, body })
  return { status: reply.status, reply: (await reply.json()) as ChangeReply }
}

/** Makes a change whose plan is accepted as it is. */
const confirm = async (name: string, request: object): Promise<object | undefined> => {
  const { plan } = (await change(name, request)).reply
  return (await change(name, request, plan)).reply.result
}

const withToken = (): Record<string, string> => ({ 'x-console-token': running.token })

describe('the server of the console', () => {
  test.each(['overview', 'models', 'usage', 'records', 'keys'])(
    'replies to the holder of the token only, and without a secret: %s (R160)',
    async (name) => {
      const { status, text } = await call(`api/${name}`, withToken())
      expect(status).toBe(200)
      for (const secret of [
        ...Object.values(secrets),
        'sk-inline',
        'url-password',
        'query-secret',
        'sk-target',
        'webhook-secret',
        'alias-password',
        'alias-query',
        'target-password',
        'target-query',
      ])
        expect(text).not.toContain(secret)
      for (const headers of [{}, { 'x-console-token': 'wrong' }, { 'x-console-token': '' }])
        expect(await call(`api/${name}`, headers)).toMatchObject({
          status: 401,
          text: expect.stringContaining('wrong_token'),
        })
      expect(await call(`api/${name}?token=${running.token}`)).toMatchObject({ status: 401 })
    },
  )

  test.each([
    ['another host (DNS rebinding)', { host: 'evil.example' }, 'foreign_host'],
    ['a host that begins like this machine', { host: '127.0.0.1.evil.example' }, 'foreign_host'],
    ['an address of the network', { host: '192.168.1.5:3001' }, 'foreign_host'],
    ['the page of another host', { origin: 'https://evil.example' }, 'foreign_origin'],
    ['the page of another port', { origin: 'http://127.0.0.1:9' }, 'foreign_origin'],
    ['a sandboxed page', { origin: 'null' }, 'foreign_origin'],
    ['a link on another page', { 'sec-fetch-site': 'cross-site' }, 'foreign_origin'],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }, 'foreign_origin'],
  ])('refuses %s, even with the token (R160)', async (_, headers, code) => {
    for (const path of code === 'foreign_host' ? ['', 'api/models'] : ['api/models'])
      expect(await call(path, { accept: 'text/html', ...withToken(), ...headers })).toMatchObject({
        status: 403,
        text: expect.stringContaining(code),
      })
  })

  test('takes requests of its own page, whatever name of this machine it has', async () => {
    const { port } = new URL(running.origin)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'localhost:8080'])
      expect(await call('api/models', { ...withToken(), host, origin: `http://${host}` })).toMatchObject({
        status: 200,
      })
  })

  test.each([
    ['GET', 'api/nothing'],
    ['DELETE', 'api/models'],
    ['GET', 'nothing'],
    ['GET', 'api/../package.json'],
  ])('replies 404 to %s %s', async (method, path) => {
    expect(await call(path, withToken(), method)).toMatchObject({ status: 404 })
  })
})

/** Opens a view and waits for it. */
const open = async (view: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const page = await browser.open(running.url, options)
  await page.goto(`${running.origin}/#/${view}`)
  await page.waitForSelector('.card')
  return page
}

/** Makes a call, which becomes a record. */
const ask = async (content: string): Promise<void> => {
  const body = JSON.stringify({ model: 'tiny', messages: [{ role: 'user', content }] })
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body })
  expect(reply.status).toBe(200)
}

/** Whether the link to the view that is shown can be seen. */
const measureLink = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const { left, right } = document.querySelector('[aria-current]').getBoundingClientRect()
    return left >= 0 && right <= innerWidth ? 'whole' : left + ' to ' + right
  })()`)

const readTexts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts()

describeWithBrowser('the console', () => {
  afterEach(() => expect(browser.takeComplaints()).toEqual([]))

  test('shows the gateway of npm run dev, and keeps the token out of the URL', async () => {
    const page = await browser.open(running.url)
    await page.waitForSelector('.health')
    expect(page.url()).toBe(`${running.origin}/#/overview`)
    expect(await page.title()).toBe('Overview · LLM Gateway · Console')
    await page.waitForSelector(`a[href="${gateway.url}/"]`)
    await page.reload()
    await page.waitForSelector('.health')
  })

  test('shows each model with its target, key and problems', async () => {
    const page = await open('models')
    const rows = await readTexts(page, '.row')
    expect(rows.map((row) => row.split('\n')[0])).toEqual(['tiny', ...Object.keys(map)])
    expect(rows[0]).toMatch(/openai · tiny · http:\/\/127\.0\.0\.1:\d+\/v1/)
    expect(rows[1]).toContain('Key: GLM_API_KEY, set here')
    expect(rows[2]).toContain('Key: in the entry itself')
    expect(rows.find((row) => row.startsWith('broken'))).toMatch(/Cannot be used[\s\S]*api_base/)
    expect(rows.find((row) => row.startsWith('off'))).toContain('Off')
  })

  test('draws the usage by day, and has it as a table, as records and as CSV', async () => {
    await ask('Count to 12.')
    await ask('7 + 5 = ?')
    const page = await open('usage')
    const canvas = await page.waitForSelector('.chart canvas')
    await waitForChart(page)
    expect(await canvas.isVisible()).toBe(true)
    const points = gateway.records().reduce((sum, record) => sum + record.points, 0)
    expect(points).toBeGreaterThan(0)
    expect((await readTexts(page, '.sum')).map((text) => text.split('\n'))).toEqual([
      ['Points', String(points)],
      ['Tokens', expect.any(String)],
      ['Calls', '2'],
      ['Cost', expect.stringMatching(/^¥0\.0\d+$/)],
    ])
    expect(await readTexts(page, '.legend-item')).toEqual(['tiny'])
    await page.click('.bar >> text=By model')
    expect((await readTexts(page, '[aria-label="Totals"] tbody tr')).map((row) => row.split('\t').slice(0, 2))).toEqual(
      [
        ['tiny', '2'],
        ['All', '2'],
      ],
    )
    const downloading = page.waitForEvent('download')
    await page.click('text=Save as CSV')
    const csv = readFileSync(await (await downloading).path(), 'utf8')
    expect(csv.split('\r\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^\ufeffmodel,records,/),
      expect.stringMatching(/^tiny,2,0,/),
    ])
    await page.waitForSelector(`code >> text=${gateway.records()[0]?.request_id}`)
    await page.click('.choice >> text=Dead')
    await page.waitForSelector('text=There are none.')
  })

  test('changes a model after a look at the difference, by the rules of the gateway (R162)', async () => {
    const page = await open('models')
    const row = page.locator('.row', { hasText: 'glm-4.5' })
    await row.locator('text=Edit').click()
    await page.fill('[name=input_price_per_1m]', 'cheap')
    await page.click('text=Review the change')
    await page.waitForSelector('.failure >> text=input_price_per_1m must be a decimal number')
    expect(readMap()).toEqual(map)
    await page.keyboard.press('Escape')
    await page.fill('[name=input_price_per_1m]', '0.8')
    await page.fill('[name=upstream_model]', 'glm-4.5-air')
    await page.click('text=Review the change')
    await page.waitForSelector('.difference')
    expect(await readTexts(page, '.difference-item')).toEqual([
      expect.stringMatching(/^input_price_per_1m\s+0\.8$/),
      expect.stringMatching(/^upstream_model\s+glm-4\.5-air$/),
      expect.stringMatching(/^Written to\s+model_map\.json$/),
    ])
    expect(await page.isDisabled('.modal .stack button >> text=Write')).toBe(true)
    await page.fill('.modal .stack:has(.difference) input', 'glm-4.5')
    expect(readMap()).toEqual(map)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=status] >> text=It is written.')
    expect(await findBarriers(page)).toEqual([])
    const changed = { ...map['glm-4.5'], input_price_per_1m: 0.8, upstream_model: 'glm-4.5-air' }
    expect(readMap()).toEqual({ ...map, 'glm-4.5': changed })
    for (let dialogs = 0; dialogs < 2; dialogs++) await page.keyboard.press('Escape')
    await row.locator('text=glm-4.5-air').waitFor()
    expect(browser.takeComplaints()).toEqual([expect.stringContaining('400')])
  })

  test('refuses a change with another word, and one that was overtaken (R162)', async () => {
    const request = { model: 'off', fields: { enabled: '1' } }
    const { reply: planned } = await change('model', request)
    expect(planned.plan).toMatchObject({ items: [{ name: 'enabled', before: '0', after: '1' }, {}], word: 'off' })
    const { state } = planned.plan ?? { state: '' }
    expect(await change('model', request, { word: 'of', state })).toMatchObject({ status: 400 })
    writeFileSync(mapPath, JSON.stringify({ ...readMap(), off: { provider: 'deepseek', enabled: 0, max_tokens: 9 } }))
    const { status, reply } = await change('model', request, { word: 'off', state })
    expect([status, reply.error?.code]).toEqual([409, 'changed_meanwhile'])
    expect(readMap()['off']).toMatchObject({ enabled: 0, max_tokens: 9 })
  })

  test('adds a model, switches it off, and keeps what it does not show', async () => {
    expect(await confirm('model', { model: 'new', is_new: true, fields: { provider: 'deepseek' } })).toMatchObject({
      model: 'new',
    })
    expect((await change('model', { model: 'NEW', is_new: true, fields: { provider: 'qwen' } })).status).toBe(400)
    await confirm('model', { model: 'new', fields: { enabled: '0' } })
    expect(readMap()['new']).toEqual({ provider: 'deepseek', enabled: 0 })
    await confirm('model', { model: 'inline', fields: { api_base: 'https://b.example/v1' } })
    expect(readMap()['inline']).toEqual({ api_base: 'https://b.example/v1', api_key: map.inline.api_key })
    for (const fields of [{ api_key: 'sk-x' }, { odd: '1' }, { provider: 3 }, {}])
      expect((await change('model', { model: 'new', fields })).status).toBe(400)
  })

  test('tries a model with the key of this machine', async () => {
    const page = await open('models')
    await page.locator('.row', { hasText: 'MODEL_PROVIDER_MAP' }).locator('text=Try').click()
    await page.click('.modal button >> text=Call')
    await page.waitForSelector('[role=status] >> text=All targets work.')
    expect(await readTexts(page, '[role=status] li')).toEqual([
      expect.stringMatching(/tiny: works, \d+ \+ 1 tokens, 0\.\d+ yuan/),
    ])
  })

  test('works below any path, behind a proxy that keeps the name of the host', async () => {
    const proxy = await loopbackServer((incoming, response) => {
      const { pathname: path } = new URL(running.url)
      const target = `${running.origin}${(incoming.url ?? path).replace(/^\/a\/console/, '')}`
      const { method = 'GET', headers } = incoming
      const outgoing = request(target, { method, headers }, (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(response)
      })
      incoming.pipe(outgoing)
    })
    const page = await browser.open(`${proxy.url}/a/console/#token=${running.token}`)
    await page.waitForSelector('.health')
    expect(page.url()).toBe(`${proxy.url}/a/console/#/overview`)
    await page.context().close()
    await proxy.close()
  })

  test.each([
    ['usage?from=2026-13-01', 'invalid_value'],
    ['usage?from=2026-02-01&to=2026-01-01', 'invalid_value'],
    ['usage.csv?by=colour', 'invalid_value'],
    ['records?kind=odd', 'invalid_value'],
  ])('replies 400 to %s', async (path, code) => {
    expect(await call(`api/${path}`, withToken())).toMatchObject({ status: 400, text: expect.stringContaining(code) })
  })

  test('says what to do if the token is of an earlier start', async () => {
    const page = await browser.open(`${running.origin}/#token=old`)
    await page.waitForSelector('.failure >> text=Open the URL that npm run console printed.')
    expect(browser.takeComplaints()).toEqual([expect.stringContaining('401')])
  })

  test('shows the view that its URL names, also if that changes while the page starts', async () => {
    const page = await open('overview')
    await page.addInitScript("addEventListener('DOMContentLoaded', () => (location.hash = '#/models'))")
    await page.reload()
    await page.waitForSelector('.row')
  })

  test('works by keyboard alone (R161)', async () => {
    const page = await open('overview')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.row')
    expect(page.url()).toContain('#/models')
  })

  test.each([
    ['a phone, light', { ...phone, colorScheme: 'light', locale: 'zh-CN' }, 'rgb(251, 250, 248)'],
    ['a desktop, dark', { colorScheme: 'dark' }, 'rgb(22, 23, 25)'],
  ] as const)(
    'has no barrier, nothing too wide and nothing too small to touch on %s (R161)',
    async (_, options, paper) => {
      const page = await open('overview', options)
      expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(paper)
      for (const view of ['overview', 'models', 'usage', 'wallets', 'keys', 'quotas', 'doctor']) {
        await page.goto(`${running.origin}/#/${view}`)
        await page.waitForSelector('.card')
        expect(await measureLink(page)).toBe('whole')
        expect([view, await findBarriers(page), await measureOverflow(page), await findSmallTargets(page)]).toEqual([
          view,
          [],
          0,
          '',
        ])
      }
    },
  )

  test('loads less than 60 KB after gzip', () => {
    const { own: bytes } = measurePage('dist/web/console')
    expect(bytes).toBeGreaterThan(5_000)
    expect(bytes).toBeLessThan(60 * 1024)
  })
})
