import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { probeName } from '../../scripts/functions.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { neutralBehaviour } from '../../testing/stand-ins/tencent-cloud/platform-behaviour.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'

let rig: DeploymentRig
let services: LoopbackServer

/** Gives the environment functions of the app, one of them behind a route of the gateway. */
const addFunctionsOfApp = (count: number): void => {
  const { functions, routes } = rig.cloud.state
  for (let index = 0; index < count; index++) {
    const params = { FunctionName: `shop-${index}`, Description: 'of the shop' }
    functions.set(`shop-${index}`, { params, zip: Buffer.alloc(0), triggers: [], revision: 0, activeAt: 0 })
  }
  const target = { UpstreamResourceType: 'WEB_SCF', UpstreamResourceName: 'shop-0' }
  routes.set('/health', { Path: '/health', ...target, EnablePathTransmission: true })
}

const map = {
  on: { provider: 'cloudbase', upstream_model: 'hy3-preview' },
  off: { targets: [{ provider: 'cloudbase', upstream_model: 'glm-5' }, { provider: 'zhipu' }] },
  paused: { targets: [{ provider: 'cloudbase', upstream_model: 'glm-4.6', enabled: false }, { provider: 'zhipu' }] },
  text: { targets: JSON.stringify([{ provider: 'cloudbase', upstream_model: 'kimi-k2' }]) },
  other: { provider: 'zhipu', api_key_env: 'GLM_API_KEY' },
}

beforeAll(async () => {
  services = await loopbackServer((request, response) => {
    request.resume()
    response.end(JSON.stringify({ keys: [{ kid: 'k', n: 'modulus' }] }))
  })
  rig = await deploymentRig({ CLOUDBASE_AUTH_ORIGIN: services.url, CLOUDBASE_APIKEY: 'api-key-of-the-environment' })
  writeFileSync(join(rig.gateway.folder, 'model_map.json'), JSON.stringify(map))
  addFunctionsOfApp(45)
}, 60_000)

afterAll(async () => {
  await rig.close()
  await services.close()
})

describe('npm run doctor in an environment with a policy, full quotas and models switched off', () => {
  let output: string

  beforeAll(async () => {
    Object.assign(rig.cloud.state, { usesPolicy: true })
    rig.cloud.state.enabledModels.push('hy3-preview')
    rig.cloud.state.behaviour.checksRules = true
    const origins = Array.from({ length: 140 }, (_, index) => `https://shop-${index}.example.com`).join(',')
    const variables = { ...rig.variables, CORS_ORIGINS: origins, GATEWAY_FUNCTIONS: 'embeddings,rerank' }
    output = (await rig.run('doctor', ['--probe', '--seconds', '1'], variables)).output
  }, 180_000)

  test.each([
    [
      'more functions than the quota',
      /! functions: 45 are deployed, 1\d of .* 50 is the usual quota\n +→ Take names out of GATEWAY_FUNCTIONS \(embeddings,rerank\)/,
    ],
    [
      'a policy in place of rules',
      /! security rules: do not apply: .* as those with PostgreSQL do\n +→ Allow everyone to invoke the HTTP functions, .* Deny clients to invoke llm-config-reload, llm-usage-flush/,
    ],
    [
      'a refusal of the platform',
      /✗ GET \/health: 403 EXCEED_AUTHORITY\n +→ Allow everyone to invoke the HTTP functions/,
    ],
    [
      'an environment above 4 KB',
      /✗ llm-chat-completions: has 4\d\d\d bytes .* 4096 at most\n +→ Shorten CORS_ORIGINS/,
    ],
    ['a model of CloudBase that is on', /✓ hy3-preview: is switched on/],
    ['a model of CloudBase that is off', /✗ glm-5: is not switched on in this environment\n +→ Switch it on \(console/],
    ['a model of CloudBase in targets that are JSON text', /✗ kimi-k2: is not switched on in this environment\n/],
    [
      'a probe that is refused',
      /\? Largest request body: llm-probe could not be asked\. the platform replies 403 EXCEED_AUTHORITY\n +→ Allow everyone/,
    ],
  ])('finds %s', (_, finding) => {
    expect(output).toMatch(finding)
  })

  test('does not ask about a model whose target is switched off in the map', () => {
    expect(output).not.toContain('glm-4.6')
  })

  test('asks a refused probe once, and removes it', () => {
    const names = rig.cloud.state.calls.map(({ action }) => action)
    expect(names.filter((name) => name === 'CreateFunction')).toHaveLength(1)
    expect(rig.cloud.state.functions.has(probeName)).toBe(false)
  })
})

describe('npm run doctor in an environment with rules, free quotas and no models of CloudBase', () => {
  let output: string

  beforeAll(async () => {
    Object.assign(rig.cloud.state, { usesPolicy: false })
    Object.assign(rig.cloud.state.behaviour, neutralBehaviour())
    rig.cloud.state.functions.clear()
    rig.cloud.state.routes.clear()
    writeFileSync(join(rig.gateway.folder, 'model_map.json'), JSON.stringify({ other: map.other }))
    output = (await rig.run('doctor', [], { ...rig.variables, CORS_ORIGINS: 'https://shop.example.com' })).output
  }, 180_000)

  test.each([
    ['the number of functions', /✓ functions: 0 are deployed, \d+ of /],
    ['models', /✓ models of CloudBase: are not in model_map.json/],
  ])('finds nothing wrong with %s', (_, finding) => {
    expect(output).toMatch(finding)
  })

  test('does not warn of a policy, a refusal or a large environment', () => {
    expect(output).not.toMatch(/policy instead|EXCEED_AUTHORITY|bytes of environment/)
  })
})

describe('npm run deploy in an environment with a policy', () => {
  test('plans no change of the rules, which the platform would refuse', async () => {
    Object.assign(rig.cloud.state, { usesPolicy: true })
    const { output } = await rig.run('deploy', ['--dry-run', '--no-build'])
    expect(output).toMatch(/security rules: nothing to do/)
  }, 120_000)
})
