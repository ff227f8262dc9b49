import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createChatConfig, prepareChatPage } from '../../scripts/web/chat-page.ts'
import { createPolicy } from '../../scripts/web/pages.ts'
import { onCleanup } from '../support/on-cleanup.ts'

/** Makes a folder with a `chat_page.json`. */
const makeFolder = (content?: string | Buffer): string => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-page-'))
  onCleanup(() => rmSync(folder, { recursive: true, force: true }))
  if (content !== undefined) writeFileSync(join(folder, 'chat_page.json'), content)
  return folder
}

describe('the config.json of the chat page', () => {
  test('says what the variables of the gateway say', () => {
    const variables = { CLOUDBASE_ENV_ID: 'env-1', WALLET: 'on', USAGE_STORE: 'mysql', ALLOW_ANONYMOUS: 'true' }
    expect(createChatConfig(makeFolder(), variables, 'https://api.example')).toEqual({
      gateway: 'https://api.example',
      environment: 'env-1',
      region: 'ap-shanghai',
      signIn: ['password', 'anonymous'],
      wallet: true,
      usage: true,
    })
  })

  test.each([
    ['ap-singapore', 'https://env-1.api.intl.tcloudbasegateway.com'],
    ['ap-beijing', undefined],
  ])('names the login service of an environment in %s as %s, which the SDK does not find abroad', (region, origin) => {
    const variables = { CLOUDBASE_ENV_ID: 'env-1', CLOUDBASE_REGION: region }
    expect(createChatConfig(makeFolder(), variables, '/')['authOrigin']).toBe(origin)
    expect(
      createChatConfig(makeFolder(`{"region": "${region}"}`), { CLOUDBASE_ENV_ID: 'env-1' }, '/')['authOrigin'],
    ).toBe(origin)
    const given = { ...variables, CLOUDBASE_AUTH_ORIGIN: 'https://login.example' }
    expect(createChatConfig(makeFolder(), given, '/')['authOrigin']).toBe('https://login.example')
  })

  test('has no login if authentication is off, and no secret of the gateway', () => {
    const variables = { CLOUDBASE_ENV_ID: 'env-1', DISABLE_AUTH: 'true', GATEWAY_ADMIN_KEY: 'k', USAGE_STORE: 'none' }
    expect(createChatConfig(makeFolder(), variables, '/')).toEqual({ gateway: '/', wallet: false, usage: false })
  })

  test('takes what chat_page.json says above it', () => {
    const folder = makeFolder('{"name": "小店助手", "signIn": ["phone"], "colour": "#0052d9"}')
    expect(createChatConfig(folder, { CLOUDBASE_ENV_ID: 'env-1' }, '/')).toMatchObject({
      name: '小店助手',
      signIn: ['phone'],
      colour: '#0052d9',
      environment: 'env-1',
    })
  })

  test.each([
    ['a byte order mark', Buffer.from('\uFEFF{"name": "小店助手"}')],
    ['the UTF-16 of Windows PowerShell', Buffer.from('\uFEFF{"name": "小店助手"}', 'utf16le')],
  ])('reads a chat_page.json with %s', (_, content) => {
    expect(createChatConfig(makeFolder(content), {}, '/')).toMatchObject({ name: '小店助手' })
  })

  test.each([
    ['[]', 'chat_page.json must be a JSON object.'],
    ['{', 'chat_page.json must be a JSON object.'],
    ['{"colour": "red"}', "chat_page.json: 'colour' must be a colour such as #0f6e66."],
  ])('is refused: %s', (content, problem) => {
    expect(() => createChatConfig(makeFolder(content), {}, '/')).toThrow(problem)
  })
})

const html = `<meta http-equiv="Content-Security-Policy" content="${createPolicy().replaceAll("'", '&#39;')}">\n<meta charset="utf-8">`

describe('the prepared chat page', () => {
  const files = new Map([['index.html', Buffer.from(html)]])

  test('may reach the gateway and the login service, and nothing else', () => {
    const { files: prepared, policy } = prepareChatPage(files, { gateway: 'https://api.example', environment: 'env-1' })
    expect(policy).toContain("connect-src 'self' https://api.example https://env-1.api.tcloudbasegateway.com;")
    expect(policy).toContain("img-src 'self' data:;")
    expect(prepared.get('index.html')?.toString()).toBe(
      `<meta http-equiv="Content-Security-Policy" content="${policy}">\n<meta charset="utf-8">`,
    )
    expect(JSON.parse(prepared.get('config.json')?.toString() ?? '')).toEqual({
      gateway: 'https://api.example',
      environment: 'env-1',
    })
  })

  test('may reach the login service of its region', () => {
    const config = createChatConfig(makeFolder(), { CLOUDBASE_ENV_ID: 'env-1', CLOUDBASE_REGION: 'ap-singapore' }, '/')
    expect(prepareChatPage(files, config).policy).toContain(
      "connect-src 'self' https://env-1.api.intl.tcloudbasegateway.com;",
    )
  })

  test('reaches its own host only if the gateway is there and asks for no login', () => {
    expect(prepareChatPage(files, { gateway: '/' }).policy).toBe(createPolicy())
  })
})
