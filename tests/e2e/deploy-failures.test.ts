import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { StoredRoute } from '../../testing/stand-ins/tencent-cloud/cloud-state.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'

let rig: DeploymentRig

const untouched = 'Nothing in the cloud has been changed. Fix this, then run the same command again.'

const fail = (action: string, Code: string, Message = 'as the cloud says', times = 1): void => {
  rig.cloud.state.faults.push({ action, times, error: { Code, Message } })
}

beforeAll(async () => {
  rig = await deploymentRig()
  expect((await rig.deploy()).code).toBe(0)
  rig.calm()
}, 240_000)

afterEach(() => rig.calm())

afterAll(() => rig.close())

describe('a deployment that fails before its first change', () => {
  test.each([
    [
      'a key pair that there is not',
      { TENCENTCLOUD_SECRETID: `AKID${'bad0'.repeat(8)}` },
      /AuthFailure\.SecretIdNotFound: .*\[redacted\].*\n +The key pair was rejected/,
    ],
    [
      'a secret key that does not match',
      { TENCENTCLOUD_SECRETKEY: 'not-the-right-secret-key' },
      /AuthFailure\.SignatureFailure: .*\n +The key pair was rejected: it is wrong, disabled, deleted or expired/,
    ],
    [
      'the id of another environment',
      { CLOUDBASE_ENV_ID: 'shop-of-others' },
      /no such environment in this region\. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION/,
    ],
    [
      'another region',
      { CLOUDBASE_REGION: 'ap-guangzhou' },
      /no such environment in this region\. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION/,
    ],
  ])(
    'reports that nothing was changed and exits with 1 for %s',
    async (...[, variables, message]) => {
      const failed = await rig.deploy([], { ...rig.variables, ...variables })
      expect(failed.output).toMatch(message)
      expect(failed.output).toContain(untouched)
      expect(rig.writes()).toEqual([])
      expect(failed.code).toBe(1)
    },
    60_000,
  )

  test.each([
    ['a temporary key pair that has expired', 'AuthFailure.TokenFailure', /has expired\. Get a new one/],
    ['a clock that is wrong', 'AuthFailure.SignatureExpire', /clock of this machine is wrong/],
    ['a key pair without the policies', 'AuthFailure.UnauthorizedOperation', /policies QcloudTCBFullAccess/],
  ])(
    'reports that nothing was changed and exits with 1 for %s',
    async (_, code, advice) => {
      fail('DescribeEnvInfo', code, 'as the cloud says', 9)
      const failed = await rig.deploy()
      expect(failed.output).toMatch(advice)
      expect(failed.output).toContain(untouched)
      expect(rig.writes()).toEqual([])
      expect(failed.code).toBe(1)
    },
    60_000,
  )

  test('reports that nothing was changed for a network without DNS or without a route, after all retries', async () => {
    rig.gateway.configure(rig.variables)
    const through = (proxy: string) => rig.gateway.run('deploy', ['--yes', '--no-build'], { http_proxy: proxy })
    const [nameless, closed] = await Promise.all([through('http://proxy.invalid:1'), through('http://127.0.0.1:1')])
    for (const { code, output } of [nameless, closed]) {
      expect(output).toMatch(/ENOTFOUND|ECONNREFUSED|EAI_AGAIN/)
      expect(output).toContain('The cloud could not be reached. Check the network and its DNS')
      expect(output).toContain(untouched)
      expect(code).toBe(1)
    }
    expect(rig.cloud.state.calls).toEqual([])
  }, 120_000)

  test('rejects variables of 5 KB before it sends a request', async () => {
    const failed = await rig.deploy([], { ...rig.variables, BILLING_WEBHOOK_TOKEN: 'x'.repeat(5_000) })
    expect(failed.output).toMatch(
      /✗ environments are at most 4 KB\n.*llm-chat-completions has 5\d\d\d bytes\. The largest value is BILLING_WEBHOOK_TOKEN/,
    )
    expect(failed.output).toContain(untouched)
    expect(rig.cloud.state.calls).toEqual([])
    expect(failed.code).toBe(1)
  }, 120_000)

  test('rejects a missing scf_bootstrap before it sends a request', async () => {
    const folder = join(rig.gateway.folder, 'dist/functions/llm-models')
    rmSync(join(folder, 'scf_bootstrap'))
    const failed = await rig.deploy()
    rig.gateway.restore('llm-models')
    expect(failed.output).toContain('llm-models: scf_bootstrap is missing')
    expect(failed.output).toContain('Run npm run build')
    expect(failed.output).toContain(untouched)
    expect(rig.cloud.state.calls).toEqual([])
    expect(failed.code).toBe(1)
  }, 120_000)

  test('rejects a MySQL database that is not in use', async () => {
    const { database } = rig.cloud.state
    rig.cloud.state.database = undefined
    const failed = await rig.deploy([], {
      ...rig.variables,
      REMOTE_CONFIG_SOURCE: 'rdb',
      CLOUDBASE_APIKEY: 'api-key-of-it',
    })
    rig.cloud.state.database = database
    expect(failed.output).toContain('there is no MySQL database in use in the environment. Open it')
    expect(failed.output).toContain(untouched)
    expect(rig.writes().filter((action) => action !== 'RunSql')).toEqual([])
    expect(failed.code).toBe(1)
  }, 120_000)

  test('rejects a function of the app with one of our names, unless --replace-functions is given', async () => {
    const { functions } = rig.cloud.state
    const ours = functions.get('llm-health')
    if (!ours) throw new Error('llm-health is not deployed')
    const Environment = { Variables: [{ Key: 'SHOP', Value: 'open' }] }
    functions.set('llm-health', { ...ours, params: { ...ours.params, Description: 'of the shop', Environment } })
    const failed = await rig.deploy()
    expect(failed.output).toContain("A function llm-health exists already and is not the gateway's.")
    expect(failed.output).toContain(untouched)
    expect(rig.writes()).toEqual([])
    expect(failed.code).toBe(1)
    expect((await rig.run('undeploy', ['--dry-run'])).output).toContain('function llm-health: nothing to do')

    expect((await rig.deploy(['--replace-functions'])).code).toBe(0)
    expect(functions.get('llm-health')?.params['Description']).toMatch(/^LLM gateway/)
  }, 120_000)

  test('rejects a path of the app, unless --replace-routes is given', async () => {
    const { routes } = rig.cloud.state
    const own = {
      Path: '/health',
      UpstreamResourceType: 'SCF',
      UpstreamResourceName: 'app-health',
      EnablePathTransmission: false,
    }
    const ours = routes.get('/health')
    routes.set('/health', own)
    const failed = await rig.deploy()
    expect(failed.output).toContain('Paths of the gateway lead elsewhere: /health to app-health')
    expect(failed.output).toContain(untouched)
    expect(failed.code).toBe(1)
    expect(routes.get('/health')).toEqual(own)
    expect((await rig.deploy(['--replace-routes'])).code).toBe(0)
    expect(routes.get('/health')).toMatchObject(ours ?? {})
  }, 120_000)

  test('leaves /v1 to a function of the app that has it, and says so', async () => {
    const { routes } = rig.cloud.state
    const ours = routes.get('/v1')
    const own = { ...ours, Path: '/v1', UpstreamResourceName: 'app-api' } as StoredRoute
    routes.set('/v1', own)
    const { code, output } = await rig.deploy(['--replace-routes'])
    expect(output).toContain('routes: /v1 stays with app-api, which replies to unknown paths\n')
    expect(code).toBe(0)
    expect(rig.writes()).toEqual([])
    expect(routes.get('/v1')).toEqual(own)
    if (ours) routes.set('/v1', ours)
  }, 120_000)

  test('rejects an unknown option', async () => {
    const failed = await rig.deploy(['--patient'])
    expect(failed.output).toMatch(/--patient[\s\S]*--patience N/)
    expect(rig.cloud.state.calls).toEqual([])
    expect(failed.code).toBe(2)
  }, 120_000)
})

describe('a deployment that fails halfway', () => {
  test.each([
    ['a failed upload', 'InvalidParameterValue.Code', /search for the code in the documentation/],
    [
      'a quota that is used up',
      'LimitExceeded.Function',
      /as many functions as its plan allows\. Take names out of GATEWAY_FUNCTIONS/,
    ],
    ['an account that owes money', 'ResourceUnavailable.InsufficientBalance', /unpaid balance/],
  ])(
    'lists finished and open steps and exits with 1 for %s; the next run continues there',
    async (_, code, advice) => {
      rig.cloud.state.functions.delete('llm-completions')
      fail('CreateFunction', code)
      const failed = await rig.deploy()
      expect(failed.output).toContain(`Failed: function llm-completions. ${code}: [CreateFunction] as the cloud says`)
      expect(failed.output).toMatch(/Done: {5}function llm-health, function llm-models, function llm-chat-completions/)
      expect(failed.output).toMatch(/Not done: function llm-completions, .*security rules, .*smoke check\n/)
      expect(failed.output).toMatch(advice)
      expect(failed.output).toContain('Then run the same command again; completed steps are not repeated.')
      expect(failed.code).toBe(1)

      rig.calm()
      expect((await rig.deploy()).code).toBe(0)
      expect(rig.writes()).toEqual(['CreateFunction'])
    },
    120_000,
  )

  test('gives up on routes that stay in PROCESSING', async () => {
    rig.cloud.state.processing = 1_000
    const failed = await rig.deploy(['--patience', '2'])
    expect(failed.output).toMatch(/Failed: routes\. The routes are still PROCESSING after 2 seconds/)
    expect(failed.output).toMatch(/Not done: routes, smoke check\n/)
    expect(failed.output).toContain('run the same command again')
    expect(failed.code).toBe(1)
  }, 120_000)

  test('gives up on a function that stays in Updating', async () => {
    rig.cloud.state.busy.set('llm-usage', 1_000)
    const failed = await rig.deploy(['--patience', '2'])
    expect(failed.output).toMatch(
      /Failed: function llm-usage\. llm-usage is still Updating after 2 seconds: wait some min/,
    )
    expect(failed.output).toMatch(/Not done: function llm-usage, /)
    expect(failed.code).toBe(1)
  }, 120_000)

  test('reports an update that the cloud accepts and then fails', async () => {
    const { functions } = rig.cloud.state
    const stored = functions.get('llm-usage')
    if (!stored) throw new Error('llm-usage is not deployed')
    const StatusReasons = [{ ErrorCode: 'E', ErrorMessage: 'no capacity in this zone' }]
    functions.set('llm-usage', { ...stored, params: { ...stored.params, Status: 'UpdateFailed', StatusReasons } })
    const failed = await rig.deploy()
    functions.set('llm-usage', stored)
    expect(failed.output).toContain(
      'Failed: function llm-usage. llm-usage is UpdateFailed after its update. no capacity',
    )
    expect(failed.code).toBe(1)
  }, 120_000)
})

describe('a deployment with a temporary problem', () => {
  test('retries an upload after a broken connection', async () => {
    rig.cloud.state.functions.delete('llm-health')
    rig.cloud.state.faults.push({ action: 'CreateFunction', times: 1, error: 'cut' })
    expect((await rig.deploy()).code).toBe(0)
    expect(rig.cloud.state.functions.has('llm-health')).toBe(true)
  }, 120_000)

  test('waits if the cloud throttles it', async () => {
    fail('GetFunction', 'RequestLimitExceeded', 'Your current request times equals to `21` in a second', 3)
    const result = await rig.deploy()
    expect(rig.cloud.state.faults[0]?.times).toBe(0)
    expect(result.code).toBe(0)
  }, 120_000)

  test('waits until a function that is Updating accepts the change', async () => {
    rig.cloud.state.busy.set('llm-usage', 5)
    const changed = { ...rig.variables, LOG_LEVEL: 'warn' }
    const result = await rig.deploy([], changed)
    expect(result.output).toMatch(/function llm-usage: done \(update: environment \+LOG_LEVEL/)
    expect(result.code).toBe(0)
    expect((await rig.deploy()).code).toBe(0)
  }, 120_000)
})

describe('an interrupted deployment', () => {
  test('lists finished and open steps and exits with 130 after Ctrl-C; the next run finishes it', async () => {
    const { functions } = rig.cloud.state
    for (const name of ['llm-completions', 'llm-usage']) functions.delete(name)
    rig.cloud.state.faults.push({ action: 'CreateFunction', times: 100, error: 'cut' })
    rig.gateway.configure(rig.variables)
    const interrupted = await rig.gateway.run('deploy', ['--yes', '--no-build'], {}, (output, stop) => {
      if (output.includes('function llm-usage …')) stop('SIGINT')
    })
    expect(interrupted.output).toMatch(/Interrupted in: .*function llm-usage/)
    expect(interrupted.output).toMatch(/Not done: .*function llm-usage, .*security rules/)
    expect(interrupted.output).toContain('run the same command again')
    expect(interrupted.code).toBe(130)
    expect(functions.has('llm-usage')).toBe(false)

    rig.calm()
    expect((await rig.deploy()).code).toBe(0)
    expect(functions.has('llm-completions') && functions.has('llm-usage')).toBe(true)
  }, 120_000)
})

describe('npm run doctor, smoke and undeploy', () => {
  test.each(['doctor', 'smoke', 'undeploy', 'deploy'])(
    'prints its help and rejects an unknown option: %s',
    async (command) => {
      const [helped, refused] = await Promise.all([rig.run(command, ['--help']), rig.run(command, ['--none-such'])])
      expect(helped).toMatchObject({ code: 0, output: expect.stringContaining(`npm run ${command} -- `) })
      expect(refused).toMatchObject({ code: 2, output: expect.stringMatching(/none-such[\s\S]*npm run/) })
      expect(rig.cloud.state.calls).toEqual([])
    },
    60_000,
  )

  test('rejects an extra word: smoke', async () => {
    const { code, output } = await rig.run('smoke', [rig.cloud.url, 'glm-4.5'])
    expect(output).toMatch(/^'glm-4\.5' is an argument too many\.\n\nnpm run smoke/)
    expect(code).toBe(2)
  })

  test.each(['doctor', 'undeploy'])(
    'exits with 1 for bad credentials and tells the user what to do: %s',
    async (command) => {
      const failed = await rig.run(command, [], {
        ...rig.variables,
        TENCENTCLOUD_SECRETKEY: 'not-the-right-secret-key',
      })
      expect(failed.output).toContain('The key pair was rejected')
      expect(failed.code).toBe(1)
    },
    60_000,
  )
})
