import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'
import { fetchFrom } from '../cloud/fetch-from.ts'
import type { Finished } from '../cloud/project.ts'

let rig: DeploymentRig
let cloud: TencentCloud
let planned: Finished
let first: Finished

const site = 'shop-1a2b3c-1250000000.tcloudbaseapp.com'

beforeAll(async () => {
  rig = await deploymentRig({
    WALLET: 'on',
    USAGE_STORE: 'collection',
    CLOUDBASE_APIKEY: 'api-key-of-the-environment',
    ALLOW_ANONYMOUS: 'true',
  })
  cloud = rig.cloud
  writeFileSync(join(rig.gateway.folder, 'chat_page.json'), '{"name": "小店助手"}')
  planned = await rig.deploy(['--web', '--dry-run'])
  cloud.state.hosting.opening = 3
  first = await rig.deploy(['--web'])
}, 300_000)

afterEach(() => rig.calm())

afterAll(() => rig.close())

const readHosted = (name: string): string => cloud.state.hosting.files.get(name)?.toString() ?? ''

describe('npm run deploy -- --web', () => {
  test('plans to open the hosting, and changes nothing in a dry run', () => {
    expect(planned.output).toContain('static hosting: open')
    expect(planned.output).toMatch(/chat page: upload \d+ files to llm-chat\//)
    expect(planned.output).toContain('safe domains: add the domain of the chat page')
    expect(planned.code).toBe(0)
  })

  test('opens the hosting, uploads the page, makes its domain safe, and says where it is (R215)', () => {
    expect(first.output).toContain(`The chat page for your users: https://${site}/llm-chat/`)
    expect(first.code).toBe(0)
    expect([...cloud.state.hosting.files.keys()].every((key) => key.startsWith('llm-chat/'))).toBe(true)
    expect(cloud.state.hosting.uploads.at(-1)).toBe('llm-chat/index.html')
    expect([...cloud.state.safeDomains]).toEqual([site])
    expect(cloud.unknownHosts).toEqual(new Set())
  })

  test('sets the page up: its gateway, its login and its name, and no secret (R215)', () => {
    expect(JSON.parse(readHosted('llm-chat/config.json'))).toEqual({
      gateway: cloud.url,
      environment: cloud.state.envId,
      region: 'ap-shanghai',
      signIn: ['password', 'anonymous'],
      wallet: true,
      usage: true,
      name: '小店助手',
    })
    expect(readHosted('llm-chat/index.html')).toContain(
      `connect-src 'self' ${cloud.url} https://${cloud.state.envId}.api.tcloudbasegateway.com;`,
    )
  })

  test('changes nothing if nothing has changed, and then only what has', async () => {
    cloud.state.hosting.uploads.length = 0
    const again = await rig.deploy(['--web'])
    expect(again.output).toMatch(/chat page: nothing to do[\s\S]*safe domains: nothing to do/)
    expect([cloud.state.hosting.uploads, rig.writes()]).toEqual([[], []])
    writeFileSync(join(rig.gateway.folder, 'chat_page.json'), '{"name": "新名字"}')
    const changed = await rig.deploy(['--web'])
    expect(changed.output).toContain('chat page: done (upload a file, ')
    expect(cloud.state.hosting.uploads).toEqual(['llm-chat/config.json'])
  }, 240_000)

  test.each([
    ['a field that is not allowed', '{"colour": "red"}', "chat_page.json: 'colour' must be a colour such as #0f6e66."],
    ['no JSON', '{', 'chat_page.json must be a JSON object.'],
  ])(
    'changes nothing if chat_page.json has %s',
    async (_, content, problem) => {
      writeFileSync(join(rig.gateway.folder, 'chat_page.json'), content)
      const failed = await rig.deploy(['--web'])
      rmSync(join(rig.gateway.folder, 'chat_page.json'))
      expect(failed.output).toContain(problem)
      expect([failed.code, rig.writes()]).toEqual([1, []])
    },
    120_000,
  )

  test('says what CORS_ORIGINS lacks', async () => {
    const { CORS_ALLOW_ALL: _, ...variables } = rig.variables
    const failed = await rig.deploy(['--web'], { ...variables, CORS_ORIGINS: 'https://other.example' })
    expect(failed.output).toContain(`CORS_ORIGINS lacks https://${site}`)
    expect([failed.code, rig.writes()]).toEqual([1, []])
  }, 120_000)

  test('leaves a page of the app alone (R215)', async () => {
    cloud.state.hosting.files.set('shop/index.html', Buffer.from('<h1>shop</h1>'))
    const failed = await rig.deploy(['--web', '--web-path', '/shop/'])
    expect(failed.output).toContain(
      'The folder shop/ of the hosting holds another page. Choose another one with --web-path.',
    )
    expect([failed.code, readHosted('shop/index.html')]).toEqual([1, '<h1>shop</h1>'])
    const wrong = await rig.deploy(['--web', '--web-path', '../up'])
    expect(wrong.output).toContain('--web-path takes a folder')
  }, 240_000)

  test('says what failed if the hosting refuses a file, and goes on from there', async () => {
    cloud.state.hosting.files.delete('llm-chat/favicon.svg')
    cloud.state.faults.push({ action: 'PutObject', times: 9, error: { Code: 'AccessDenied', Message: 'no' } })
    const failed = await rig.deploy(['--web'])
    expect(failed.output).toMatch(/Failed: chat page\. /)
    expect(failed.code).toBe(1)
    rig.calm()
    expect((await rig.deploy(['--web'])).code).toBe(0)
    expect(cloud.state.hosting.files.has('llm-chat/favicon.svg')).toBe(true)
  }, 240_000)

  test('puts the page below the app’s own domain, beside the gateway (R215)', async () => {
    cloud.state.hasOwnDomain = true
    const planned = await rig.deploy(['--web', '--dry-run'])
    expect(planned.output).toContain(`route of the chat page: /llm-chat on ${cloud.state.domain}: create`)
    const variables = { ...rig.variables, GATEWAY_DOMAIN: cloud.state.domain }
    const own = await rig.deploy(['--web'], variables)
    expect(own.output).toContain(`The chat page for your users: ${cloud.url}/llm-chat/`)
    expect(own.code).toBe(0)
    expect(cloud.state.routes.get('/llm-chat')).toMatchObject({
      UpstreamResourceType: 'STATIC_STORE',
      UpstreamResourceName: 'staticstore',
      EnablePathTransmission: true,
    })
    const page = await fetchFrom(cloud)(`${cloud.url}/llm-chat/`)
    expect([page.status, await page.text()]).toEqual([200, readHosted('llm-chat/index.html')])
    expect(JSON.parse(readHosted('llm-chat/config.json'))).toMatchObject({ gateway: '/' })
    expect(cloud.state.safeDomains.has(cloud.state.domain)).toBe(true)
  }, 240_000)
})

describe('npm run undeploy', () => {
  test('plans to remove the chat page and its route, and removes nothing in a dry run', async () => {
    const before = cloud.state.hosting.files.size
    const { output, code } = await rig.run('undeploy', ['--dry-run'])
    expect(output).toContain(`route of the chat page: remove /llm-chat on ${cloud.state.domain}`)
    expect(output).toMatch(/chat page: remove \d+ files from llm-chat\/ of the static hosting/)
    expect([code, cloud.state.hosting.files.size]).toEqual([0, before])
  }, 120_000)

  test('removes the chat page, also after a run that failed midway, and leaves the files of the app alone (R219)', async () => {
    cloud.state.hosting.files.set('llm-chat/logo.png', Buffer.from('of the app'))
    cloud.state.faults.push({ action: 'DeleteObject', times: 9, error: { Code: 'AccessDenied', Message: 'no' } })
    const failed = await rig.run('undeploy', ['--yes'])
    expect(failed.output).toMatch(/Failed: chat page\. /)
    expect(failed.code).toBe(1)
    rig.calm()
    const { output, code } = await rig.run('undeploy', ['--yes'])
    expect(output).toContain('of the static hosting)')
    expect(code).toBe(0)
    expect([...cloud.state.hosting.files.keys()].sort()).toEqual(['llm-chat/logo.png', 'shop/index.html'])
    expect([cloud.state.routes.has('/llm-chat'), [...cloud.state.safeDomains]]).toEqual([false, expect.anything()])
    expect((await rig.run('undeploy', ['--yes'])).output).toContain('not deployed here')
  }, 240_000)
})
