import { cpSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'
import { type Finished, type Project, project } from '../deploy/project.ts'
import { type CloudState, emptyCloud } from '../stand-ins/tencent-cloud/cloud-state.ts'
import { startTencentCloud, type TencentCloud } from '../stand-ins/tencent-cloud/tencent-cloud.ts'

const oneAndAHalfMegabytes = 1.5 * 1024 * 1024
const adminKey = 'an-admin-key-of-some-length'

let cloud: TencentCloud
let gateway: Project
let configured: Record<string, string>
let first: Finished

const outputs: string[] = []
const run = async (args: readonly string[], variables: Record<string, string> = configured): Promise<Finished> => {
  gateway.configure(variables)
  const result = await gateway.run('deploy', ['--no-build', '--patience', '20', ...args])
  outputs.push(result.output)
  return result
}
const deploy = (...args: string[]): Promise<Finished> => run(['--yes', ...args])

const written = (state: CloudState): string[] =>
  state.calls.map(({ action }) => action).filter((action) => !/^(Describe|Get|List)/.test(action))

interface Variable {
  readonly Key: string
  readonly Value: unknown
}

const variablesOf = (name: string): readonly Variable[] => {
  const environment = cloud.state.functions.get(name)?.params['Environment'] as { Variables?: Variable[] } | undefined
  return environment?.Variables ?? []
}

beforeAll(async () => {
  cloud = await startTencentCloud()
  cloud.state.processing = 4
  cloud.state.accessOn = false
  cloud.state.permissions.set('function:', {
    Permission: 'CUSTOM',
    SecurityRule: '{"*":{"invoke":"auth != null"},"order":{"invoke":true}}',
  })
  gateway = project(cloud)
  configured = {
    CLOUDBASE_ENV_ID: cloud.state.envId,
    TENCENTCLOUD_SECRETID: cloud.state.secretId,
    TENCENTCLOUD_SECRETKEY: cloud.state.secretKey,
    GATEWAY_ADMIN_KEY: adminKey,
    GLM_API_KEY: 'glm-key-of-the-provider',
    BILLING_WEBHOOK_URL: 'https://billing.example/records',
    BILLING_WEBHOOK_TOKEN: 'token-of-the-webhook',
    CORS_ALLOW_ALL: 'true',
  }
  first = await deploy()
}, 120_000)

afterEach(() => {
  cloud.state.faults.length = 0
  cloud.state.calls.length = 0
  cloud.state.processing = 0
})

afterAll(async () => {
  gateway.remove()
  await cloud.close()
})

describe('a first deployment', () => {
  test('succeeds, and shows the call to make', () => {
    expect(first.output).toContain(`curl -N ${cloud.url}/v1/chat/completions`)
    expect(first.output).toContain('"model":"glm-4.5"')
    expect(first.code).toBe(0)
  })

  test('shows its progress step by step', () => {
    const steps = [...first.output.matchAll(/^\[(\d+)\/(\d+)\] (.*) …$/gm)]
    expect(steps.length).toBeGreaterThan(functions.length)
    expect(steps.map(([, position]) => Number(position))).toEqual(steps.map((_, index) => index + 1))
  })

  test('creates every function with its kind, runtime and timeout, as cloudbaserc.json says', () => {
    for (const { name, kind } of functions) {
      expect(cloud.state.functions.get(name)?.params).toMatchObject({
        Type: kind === 'HTTP' ? 'HTTP' : expect.stringMatching(/Event/),
        Runtime: 'Nodejs20.19',
        InstallDependency: 'FALSE',
        Timeout: expect.any(Number),
      })
    }
    expect(cloud.state.functions.get('llm-chat-completions')?.params['Timeout']).toBeGreaterThanOrEqual(300)
  })

  test('gives each function its variables as strings, and those that are unset not at all', () => {
    const Variables = variablesOf('llm-chat-completions')
    expect(Variables).toContainEqual({ Key: 'GLM_API_KEY', Value: 'glm-key-of-the-provider' })
    expect(Variables.map(({ Key }) => Key)).not.toContain('DEEPSEEK_API_KEY')
    expect(Variables.every(({ Value }) => typeof Value === 'string' && Value !== '')).toBe(true)
  })

  test.each(functions.map(({ name }) => name))('uploads %s in at most 1.5 MB, with no symlinks', (name) => {
    expect(cloud.state.functions.get(name)?.zip.length).toBeLessThanOrEqual(oneAndAHalfMegabytes)
    expect(cloud.functions.unpacked(name).files.some(({ isSymlink }) => isSymlink)).toBe(false)
  })

  test('leads every path to its HTTP function, whole, without the platform’s own authentication or CORS', () => {
    const paths = functions.flatMap((row) => (row.kind === 'HTTP' ? row.routes : []))
    expect([...cloud.state.routes.keys()].sort()).toEqual([...paths].sort())
    for (const row of functions) {
      if (row.kind !== 'HTTP') continue
      for (const path of row.routes) {
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

  test('closes the Event functions to clients and keeps the rules that the app had', () => {
    const rules = JSON.parse(cloud.state.permissions.get('function:')?.SecurityRule ?? '{}')
    expect(rules).toMatchObject({ '*': { invoke: 'auth != null' }, order: { invoke: true } })
    for (const { name, kind } of functions) expect(rules[name]?.invoke).toBe(kind === 'Event' ? false : undefined)
  })

  test('sets the timers of the Event functions', () => {
    for (const row of functions) {
      if (row.kind !== 'Event') continue
      const { name: TriggerName, cron: TriggerDesc } = row.timer
      expect(cloud.state.functions.get(row.name)?.triggers).toEqual([{ TriggerName, TriggerDesc, Type: 'timer' }])
    }
  })

  test('switches the HTTP access service on', () => {
    expect(cloud.state.accessOn).toBe(true)
  })
})

describe('the uploaded code, unpacked elsewhere and started', () => {
  const paths = functions.flatMap((row) => (row.kind === 'HTTP' ? row.routes.map((route) => [row.name, route]) : []))

  test.each(paths)('%s answers %s, and does the same where that prefix is stripped', async (name = '', route = '') => {
    const url = await cloud.functions.urlOf(name)
    const rest = route === '/ai' ? '/custom/v1/chat/completions' : ''
    for (const method of ['GET', 'POST']) {
      const ask = async (path: string): Promise<{ status: number; code: unknown }> => {
        const headers = { 'x-gateway-key': adminKey }
        const reply = await fetch(url + path, { method, headers, ...(method === 'POST' && { body: '{}' }) })
        expect(reply.headers.get('x-request-id')).toBeTruthy()
        return { status: reply.status, code: ((await reply.json()) as { error?: { code?: unknown } }).error?.code }
      }
      const whole = await ask(route + rest)
      expect(whole.code).not.toBe('unknown_url')
      expect(await ask(rest || '/')).toEqual(whole)
    }
  })

  test('answers through the routes that were made', async () => {
    expect(first.output).toMatch(
      /smoke check: GET \/health: 200, GET \/v1\/models without a token: 401 missing_credentials/,
    )
    expect(first.output).toMatch(/GET \/v1\/models with the admin key: 200, preflight of a web page: 204/)
  })
})

describe('a second deployment', () => {
  test('writes nothing where nothing has changed', async () => {
    const again = await deploy()
    expect(again.output).toMatch(/function llm-chat-completions: nothing to do/)
    expect(written(cloud.state)).toEqual([])
    expect(again.code).toBe(0)
  }, 60_000)

  test('updates what has changed, and shows the change without its value', async () => {
    const variables = { ...configured, GLM_API_KEY: 'another-key-of-the-provider' }
    const again = await run(['--yes'], variables)
    expect(again.output).toMatch(/function llm-chat-completions: update: environment ~GLM_API_KEY/)
    expect(again.output).toMatch(/function llm-usage: nothing to do/)
    expect(variablesOf('llm-models')).toContainEqual({ Key: 'GLM_API_KEY', Value: 'another-key-of-the-provider' })
    expect(again.code).toBe(0)
    configured = variables
  }, 90_000)

  test('turns the access service’s CORS on where the functions answer none', async () => {
    const { CORS_ALLOW_ALL: _, ...variables } = configured
    const planned = await run(['--dry-run'], variables)
    expect(planned.output).toMatch(/routes: modify \/health .*\/admin\/reload/)
    expect(planned.output).toMatch(/function llm-health: update: environment .*−CORS_ALLOW_ALL/)
    expect(planned.output).toContain('nothing has been changed')
    expect(written(cloud.state)).toEqual([])
    expect(planned.code).toBe(0)
  }, 60_000)

  test('without --yes asks, and where nobody can answer changes nothing and says so', async () => {
    const asked = await run([])
    expect(asked.output).toContain('Nothing has been changed')
    expect(written(cloud.state)).toEqual([])
    expect(asked.code).toBe(1)
  }, 60_000)
})

describe('a deployment that fails', () => {
  test('for bad credentials says so before it sends anything', async () => {
    const failed = await run(['--yes'], { ...configured, TENCENTCLOUD_SECRETID: `AKID${'bad0'.repeat(8)}` })
    expect(failed.output).toMatch(/AuthFailure\.SecretIdNotFound: .*\*\*\*.*\n.*The key pair was refused/)
    expect(written(cloud.state)).toEqual([])
    expect(failed.code).toBe(1)
  }, 60_000)

  test('for a secret key that does not match is a failed signature', async () => {
    const failed = await run(['--yes'], { ...configured, TENCENTCLOUD_SECRETKEY: 'not-the-right-secret-key' })
    expect(failed.output).toContain('AuthFailure.SignatureFailure')
    expect(failed.code).toBe(1)
  }, 60_000)

  test('for a failed upload tells what was done, what was not, and how to go on; and goes on', async () => {
    cloud.state.functions.delete('llm-completions')
    cloud.state.faults.push({
      action: 'CreateFunction',
      times: 1,
      error: { Code: 'InvalidParameterValue.Code', Message: 'the code could not be stored' },
    })
    const failed = await deploy()
    expect(failed.output).toContain('Failed: function llm-completions. InvalidParameterValue.Code')
    expect(failed.output).toMatch(/Done: {5}function llm-health, function llm-models, function llm-chat-completions\n/)
    expect(failed.output).toMatch(/Not done: function llm-completions, .*smoke check\n/)
    expect(failed.output).toContain('run the same command again')
    expect(failed.code).toBe(1)

    const again = await deploy()
    expect(again.code).toBe(0)
    expect(cloud.state.functions.has('llm-completions')).toBe(true)
  }, 120_000)

  test('for a connection that breaks off in an upload tries again by itself', async () => {
    cloud.state.functions.delete('llm-health')
    cloud.state.faults.push({ action: 'CreateFunction', times: 1, error: 'cut' })
    const result = await deploy()
    expect(result.code).toBe(0)
    expect(cloud.state.functions.has('llm-health')).toBe(true)
  }, 60_000)

  test('for throttling waits and succeeds', async () => {
    const error = { Code: 'RequestLimitExceeded', Message: 'Your current request times equals to `21` in a second' }
    cloud.state.faults.push({ action: 'GetFunction', times: 3, error })
    const result = await deploy()
    expect(cloud.state.faults[0]?.times).toBe(0)
    expect(result.code).toBe(0)
  }, 60_000)

  test('for a route that stays in PROCESSING gives up in time and says what to do', async () => {
    cloud.state.processing = 1_000
    const failed = await deploy('--patience', '2')
    expect(failed.output).toMatch(/Failed: routes\. The routes are still PROCESSING after 2 seconds/)
    expect(failed.output).toMatch(/Not done: routes, smoke check\n/)
    expect(failed.code).toBe(1)
  }, 60_000)

  test('for a path that is the app’s own leaves it alone unless it is told to take it', async () => {
    const own = {
      Path: '/health',
      UpstreamResourceType: 'SCF',
      UpstreamResourceName: 'app-health',
      EnablePathTransmission: false,
    }
    const ours = cloud.state.routes.get('/health')
    cloud.state.routes.set('/health', own)
    const failed = await deploy()
    expect(failed.output).toContain('Paths of the gateway lead elsewhere: /health to app-health')
    expect(failed.code).toBe(1)
    expect(cloud.state.routes.get('/health')).toEqual(own)
    expect((await deploy('--replace-routes')).code).toBe(0)
    expect(cloud.state.routes.get('/health')).toMatchObject(ours ?? {})
  }, 90_000)

  test('for an environment of 5 KB is stopped by the preflight, before anything is sent', async () => {
    const failed = await run(['--yes'], { ...configured, BILLING_WEBHOOK_TOKEN: 'x'.repeat(5_000) })
    expect(failed.output).toMatch(
      /✗ environments are at most 4 KB\n.*llm-chat-completions has 5\d\d\d bytes\. The largest value is BILLING_WEBHOOK_TOKEN/,
    )
    expect(cloud.state.calls).toEqual([])
    expect(failed.code).toBe(1)
  }, 60_000)

  test('for a missing scf_bootstrap is stopped before anything is sent', async () => {
    const folder = join(gateway.folder, 'dist/functions/llm-models')
    rmSync(join(folder, 'scf_bootstrap'))
    const failed = await deploy()
    cpSync(resolve('dist/functions/llm-models/scf_bootstrap'), join(folder, 'scf_bootstrap'))
    expect(failed.output).toContain('llm-models: scf_bootstrap is missing')
    expect(cloud.state.calls).toEqual([])
    expect(failed.code).toBe(1)
  }, 60_000)
})

test('no command has printed a secret', () => {
  expect(outputs.length).toBeGreaterThan(10)
  const { secretId, secretKey } = emptyCloud()
  const secrets = [
    secretId,
    secretKey,
    adminKey,
    'key-of-the-provider',
    'token-of-the-webhook',
    'x'.repeat(100),
    'not-the-right-secret-key',
    'bad0bad0',
  ]
  for (const secret of secrets) expect(outputs.join('\n')).not.toContain(secret)
})
