import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI, { NotFoundError } from 'openai'
import { readCloudbaserc } from '../../scripts/cloud/settings/cloudbaserc.ts'
import { keepWanted, selectFunctions } from '../../scripts/cloud/settings/select-functions.ts'
import { functions as allFunctions, getRoutes } from '../../scripts/functions.ts'
import type { Call } from '../../testing/stand-ins/tencent-cloud/cloud-state.ts'
import type { TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'
import { deployedVariables } from '../cloud/deployed-variables.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'
import { expectSettings } from '../cloud/expect-settings.ts'
import { fetchFrom } from '../cloud/fetch-from.ts'
import type { Finished } from '../cloud/project.ts'

/** The functions that a deployment without optional ones has. */
const selection = selectFunctions(allFunctions, {})
const functions = selection.wanted

const oneAndAHalfMegabytes = 1.5 * 1024 * 1024

let rig: DeploymentRig
let cloud: TencentCloud
let first: Finished
let firstCalls: readonly Call[]

beforeAll(async () => {
  rig = await deploymentRig({
    BILLING_WEBHOOK_URL: 'https://billing.example/records',
    BILLING_WEBHOOK_TOKEN: 'token-of-the-webhook',
  })
  cloud = rig.cloud
  cloud.state.processing = 4
  cloud.state.accessOn = false
  cloud.state.permissions.set('function:', {
    Permission: 'CUSTOM',
    SecurityRule: '{"*":{"invoke":"auth != null"},"order":{"invoke":true}}',
  })
  first = await rig.deploy()
  firstCalls = [...cloud.state.calls]
}, 240_000)

afterEach(() => rig.calm())

afterAll(() => rig.close())

describe('a first deployment', () => {
  test('succeeds and prints a call to try', () => {
    expect(first.output).toContain(`curl -N ${cloud.url}/v1/chat/completions`)
    expect(first.output).toContain('"model":"glm-4.5"')
    expect(first.code).toBe(0)
  })

  test('prints its progress step by step', () => {
    const steps = [...first.output.matchAll(/^\[(\d+)\/(\d+)\] (.*) …$/gm)]
    expect(steps.length).toBeGreaterThan(functions.length)
    expect(steps.map(([, position]) => Number(position))).toEqual(steps.map((_, index) => index + 1))
  })

  test.each(keepWanted(readCloudbaserc('.', {}), selection))(
    'creates $name with the settings of cloudbaserc.json',
    (settings) => {
      expectSettings(cloud, settings)
    },
  )

  test('gives each function its variables as strings, without the unset ones', () => {
    const Variables = deployedVariables(cloud, 'llm-chat-completions')
    expect(Variables).toContainEqual({ Key: 'GLM_API_KEY', Value: 'glm-key-of-the-provider' })
    expect(Variables.map(({ Key }) => Key)).not.toContain('DEEPSEEK_API_KEY')
    expect(Variables.every(({ Value }) => typeof Value === 'string' && Value !== '')).toBe(true)
  })

  test('leaves out optional functions, and says what adds them', () => {
    for (const { name, setting } of selection.leftOut) {
      expect(first.output).toContain(`  function ${name}: left out; ${setting} adds it\n`)
      expect(cloud.state.functions.has(name)).toBe(false)
    }
    expect(selection.leftOut).not.toEqual([])
  })

  test.each(functions.map(({ name }) => name))('uploads %s with at most 1.5 MB and without symlinks', (name) => {
    expect(cloud.state.functions.get(name)?.zip.length).toBeLessThanOrEqual(oneAndAHalfMegabytes)
    expect(cloud.functions.unpacked(name).files.some(({ isSymlink }) => isSymlink)).toBe(false)
  })

  test('routes every path unchanged to its HTTP function, without the platform’s authentication and CORS', () => {
    const paths = functions.flatMap(getRoutes)
    expect([...cloud.state.routes.keys()].sort()).toEqual([...paths].sort())
    for (const row of functions) {
      for (const path of getRoutes(row)) {
        expect(cloud.state.routes.get(path)).toMatchObject({
          UpstreamResourceType: 'WEB_SCF',
          UpstreamResourceName: row.name,
          EnableAuth: false,
          EnableSafeDomain: false,
          EnablePathTransmission: true,
        })
      }
    }
  })

  test('closes the Event functions to clients and keeps the rules of the app (R50)', () => {
    const bodies = firstCalls.filter(({ action }) => action === 'ModifyResourcePermission').map(({ body }) => body)
    expect(bodies).toEqual([
      {
        EnvId: cloud.state.envId,
        ResourceType: 'function',
        Permission: 'CUSTOM',
        SecurityRule: JSON.stringify({
          '*': { invoke: 'auth != null' },
          order: { invoke: true },
          'llm-config-reload': { invoke: false },
          'llm-usage-flush': { invoke: false },
        }),
      },
    ])
  })

  test('sets the timers of the Event functions', () => {
    for (const row of functions) {
      if (row.kind !== 'Event') continue
      const triggers = row.timer ? [{ TriggerName: row.timer.name, TriggerDesc: row.timer.cron, Type: 'timer' }] : []
      expect(cloud.state.functions.get(row.name)?.triggers ?? []).toEqual(triggers)
    }
  })

  test('turns on the HTTP access service', () => {
    expect(cloud.state.accessOn).toBe(true)
  })
})

describe('the uploaded code', () => {
  const paths = functions.flatMap((row) => (row.kind === 'HTTP' ? row.routes.map((route) => [row.name, route]) : []))

  test.each(paths)('starts %s, which replies to %s with and without the prefix', async (name = '', route = '') => {
    const url = await cloud.functions.getUrl(name)
    const rest = route === '/ai' ? '/custom/v1/chat/completions' : ''
    for (const method of ['GET', 'POST']) {
      const ask = async (path: string): Promise<{ status: number; code: unknown }> => {
        const headers = { 'x-gateway-key': rig.variables['GATEWAY_ADMIN_KEY'] ?? '' }
        const reply = await fetch(url + path, { method, headers, ...(method === 'POST' && { body: '{}' }) })
        expect(reply.headers.get('x-request-id')).toBeTruthy()
        return { status: reply.status, code: ((await reply.json()) as { error?: { code?: unknown } }).error?.code }
      }
      const whole = await ask(route + rest)
      expect(whole.code).not.toBe('unknown_url')
      expect(await ask(rest || '/')).toEqual(whole)
    }
  })

  test('replies through the created routes', async () => {
    expect(first.output).toMatch(
      /smoke check: GET \/health: 200, GET \/v1\/models without a token: 401 missing_credentials/,
    )
    expect(first.output).toMatch(/GET \/v1\/models with the admin key: 200, preflight of a web page: 204/)
  })
})

describe('a path without an endpoint', () => {
  test('gets an error that the official client shows, with the endpoints there are', async () => {
    const client = new OpenAI({ baseURL: `${cloud.url}/v1`, apiKey: 'none', maxRetries: 0, fetch: fetchFrom(cloud) })
    const error: unknown = await client.responses
      .create({ model: 'glm-4.5', input: '你好' })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotFoundError)
    expect((error as NotFoundError).code).toBe('unknown_url')
    expect((error as NotFoundError).message).toMatch(
      /^404 There is no such URL for POST\. .*POST \/v1\/chat\/completions/,
    )
  })

  test.each(['/v1', '/v1/', '/v1/modelsx', '/v1/chat', '/v1//embeddings?x=1'])(
    'gets the same error: %s',
    async (path) => {
      const reply = await fetchFrom(cloud)(cloud.url + path)
      expect(reply.status).toBe(404)
      expect(await reply.json()).toMatchObject({ error: { code: 'unknown_url' }, code: 'UNKNOWN_URL' })
    },
  )
})

describe('a second deployment', () => {
  test('changes nothing if nothing has changed', async () => {
    const again = await rig.deploy()
    expect(again.output).toMatch(/function llm-chat-completions: nothing to do/)
    expect(rig.writes()).toEqual([])
    expect(again.code).toBe(0)
  }, 120_000)

  test('updates a changed variable, and prints its name without its value', async () => {
    rig.variables['GLM_API_KEY'] = 'another-key-of-the-provider'
    const again = await rig.deploy()
    expect(again.output).toMatch(/function llm-chat-completions: update: environment ~GLM_API_KEY/)
    expect(again.output).toMatch(/function llm-usage: nothing to do/)
    expect(again.output).not.toContain('changed in the console')
    expect(rig.writes()).not.toContain('UpdateFunctionCode')
    expect(deployedVariables(cloud, 'llm-models')).toContainEqual({
      Key: 'GLM_API_KEY',
      Value: 'another-key-of-the-provider',
    })
    expect(again.code).toBe(0)
  }, 120_000)

  test('turns on the CORS of the access service if the functions send no CORS headers', async () => {
    const { CORS_ALLOW_ALL: _, ...variables } = rig.variables
    const planned = await rig.run('deploy', ['--no-build', '--dry-run'], variables)
    expect(planned.output).toMatch(/routes: modify \/health \(EnableSafeDomain=true\) .*\/admin\/reload/)
    expect(planned.output).toMatch(/function llm-health: update: environment .*−CORS_ALLOW_ALL/)
    expect(planned.output).toContain('nothing has been changed')
    expect(rig.writes()).toEqual([])
    expect(planned.code).toBe(0)
  }, 120_000)

  test('changes nothing without --yes if it cannot ask the user', async () => {
    const asked = await rig.run('deploy', ['--no-build'])
    expect(asked.output).toContain('Nothing has been changed')
    expect(rig.writes()).toEqual([])
    expect(asked.code).toBe(1)
  }, 120_000)
})
