import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { parse } from 'acorn'

const folder = 'examples/miniprogram'

const readJson = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'))

const project = readJson('project.config.json')
const root: string = project.miniprogramRoot
const app = readJson(join(root, 'app.json'))
const pages: readonly string[] = app.pages

const scripts = readdirSync(join(folder, root), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => join(folder, root, name))

describe('the project of the mini program', () => {
  test('can be opened in the developer tools: each file that its settings name is there', () => {
    expect(project).toMatchObject({ compileType: 'miniprogram', appid: 'touristappid' })
    for (const { packageJsonPath, miniprogramNpmDistDir } of project.setting.packNpmRelationList)
      for (const path of [packageJsonPath, miniprogramNpmDistDir]) expect(existsSync(join(folder, path))).toBe(true)
    const names = pages.flatMap((page) => ['js', 'json', 'wxml', 'wxss'].map((end) => `${page}.${end}`))
    for (const name of [...names, 'app.js', 'app.wxss', app.sitemapLocation])
      expect([name, existsSync(join(folder, root, name))]).toEqual([name, true])
  })

  test('uses only components of the package that it installs, in a base library that has chunks', () => {
    const [dependency] = Object.keys(readJson('package.json').dependencies)
    const components = pages.flatMap((page) => Object.entries(readJson(join(root, `${page}.json`)).usingComponents))
    expect(components.length).toBeGreaterThan(0)
    for (const [, path] of components) expect(path).toMatch(new RegExp(`^${dependency}/`))
    const [major = 0, minor = 0, patch = 0] = project.libVersion.split('.').map(Number)
    expect(major * 10_000 + minor * 100 + patch).toBeGreaterThanOrEqual(31_502)
  })

  test.each(scripts)('%s is ES5', (path) => {
    expect(() => parse(readFileSync(path, 'utf8'), { ecmaVersion: 5, sourceType: 'script' })).not.toThrow()
  })
})

interface Shown {
  readonly role: string
  readonly content: readonly { readonly type: string; readonly data: unknown }[]
  readonly status: string
}

interface Sent {
  readonly path: string
  readonly data: string
  readonly onChunkedReceived: (chunk: { readonly data: string }) => void
  readonly success: (reply: { readonly statusCode: number; readonly data?: unknown }) => void
}

/** The page, run as the platform does: what it shows, and the calls that it has made. */
const startPage = () => {
  const sent: Sent[] = []
  const stops: Sent[] = []
  const wx = {
    showToast: () => undefined,
    cloud: {
      callFunction: ({ success }: { success: (reply: object) => void }) =>
        success({ result: { ok: true, token: 'ticket', expires_in: 300 } }),
      callHTTPFunction: (call: Sent) => {
        sent.push(call)
        return { abort: () => stops.push(call) }
      },
    },
  }
  const page = loadPage(wx)
  const { send, stop } = page
  const listChats = (): Sent[] => sent.filter(({ path }) => path === '/v1/chat/completions')
  const chat = (): Sent => listChats().at(-1) as Sent
  return {
    ...{ stops, send, stop, chat, data: page.data },
    chunk: (delta: object) =>
      chat().onChunkedReceived({ data: `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n` }),
    done: () => chat().onChunkedReceived({ data: 'data: [DONE]\n\n' }),
    wallet: (available: number) =>
      sent.find(({ path }) => path === '/v1/wallet')?.success({ statusCode: 200, data: { available } }),
    readSent: (): unknown => JSON.parse(chat().data).messages,
  }
}

/** What the page gives to `Page`. Its file is run once; the platform's object is looked up at each call. */
const definition = ((): Readonly<Record<string, unknown>> => {
  let given = {}
  Object.assign(globalThis, { Page: (page: object) => (given = page) })
  createRequire(__filename)(join('../..', folder, root, `${pages[0]}.js`))
  return given
})()

const loadPage = (wx: object) => {
  Object.assign(globalThis, { wx })
  const page = {
    ...definition,
    data: structuredClone(definition['data']) as { messages: Shown[]; points: number | null; isRunning: boolean },
    setData(changes: Record<string, unknown>) {
      for (const [name, value] of Object.entries(changes)) {
        const [, list, index] = /^(\w+)\[(\d+)\]$/.exec(name) ?? []
        if (list === undefined) Object.assign(this.data, { [name]: value })
        else this.data.messages[Number(index)] = value as Shown
      }
    },
  }
  const run = (name: string, event?: object): unknown =>
    (page as never as Record<string, (e?: object) => void>)[name]?.(event)
  run('onLoad')
  return { data: page.data, send: (value: string) => run('onSend', { detail: { value } }), stop: () => run('onStop') }
}

describe('the page of the mini program', () => {
  let page: ReturnType<typeof startPage>

  beforeEach(() => {
    page = startPage()
  })

  test('shows points, thoughts and the reply, and sends the conversation with the next question', () => {
    page.wallet(1_200)
    expect(page.data.points).toBe(1_200)
    page.send(' 你好 ')
    page.chunk({ reasoning_content: '想' })
    page.chunk({ content: '你好！' })
    page.done()
    expect(page.data.messages).toEqual([
      { role: 'user', content: [{ type: 'text', data: '你好' }], status: 'complete' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', data: { title: '思考', text: '想' } },
          { type: 'markdown', data: '你好！' },
        ],
        status: 'complete',
      },
    ])
    page.send('再见')
    expect(page.readSent()).toEqual([
      { role: 'user', content: '你好' },
      { role: 'assistant', content: '你好！' },
      { role: 'user', content: '再见' },
    ])
  })

  test('stops the provider, keeps what has come, and ignores an empty question and a second one', () => {
    page.send('  ')
    page.send('一')
    page.send('二')
    page.chunk({ content: '开头' })
    page.stop()
    expect(page.stops).toEqual([page.chat()])
    expect(page.data).toMatchObject({ isRunning: false, messages: [{}, { status: 'stop' }] })
    page.send('三')
    expect(page.readSent()).toEqual([
      { role: 'user', content: '一' },
      { role: 'assistant', content: '开头' },
      { role: 'user', content: '三' },
    ])
  })

  test('shows an error as a sentence, which is no part of the conversation, as the question without a reply is none', () => {
    page.send('一')
    page.chat().success({ statusCode: 402, data: { error: { code: 'insufficient_quota' } } })
    expect(page.data.messages[1]).toEqual({
      role: 'assistant',
      content: [{ type: 'text', data: '积分不足，请充值后再试。' }],
      status: 'error',
    })
    page.send('二')
    expect(page.readSent()).toEqual([{ role: 'user', content: '二' }])
    page.stop()
    page.send('三')
    expect(page.readSent()).toEqual([{ role: 'user', content: '三' }])
  })
})
