import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { listValues } from '../../scripts/cloud/settings/select-functions.ts'
import { functions } from '../../scripts/functions.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { startTencentCloud, type TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'
import { deployedVariables } from '../cloud/deployed-variables.ts'
import { fetchFrom } from '../cloud/fetch-from.ts'
import { type Finished, type Project, project, quickWaits } from '../cloud/project.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const adminKey = 'an-admin-key-of-some-length'
const providerKey = 'tiny-key-of-the-provider'
const apiKey = 'api-key-of-the-environment'
const ticketSecret = 'ticket-secret-of-the-deployment-0123456789'
const answer = {
  id: 'a',
  object: 'chat.completion',
  created: 1,
  model: 'tiny',
  choices: [{ index: 0, message: { role: 'assistant', content: '1' }, text: '1', finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
}
const chunk = {
  ...answer,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content: '1' }, finish_reason: 'stop' }],
}

let cloud: TencentCloud
let gateway: Project
let services: LoopbackServer
let deployed: Finished
let documents: CloudbaseDatabase
let database: TestDatabase
let configured: Record<string, string>
const outputs: string[] = []

const run = async (command: string, ...args: string[]): Promise<Finished> => {
  const result = await gateway.run(command, args, quickWaits)
  outputs.push(result.output)
  return result
}

/** A provider of models and the environment's auth service, in one. */
const startServices = (): Promise<LoopbackServer> =>
  loopbackServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    if (request.url === '/auth/v1/certs') response.end(JSON.stringify({ keys: [{ kid: 'key-1' }] }))
    else if (request.url === '/auth/v1/user/me')
      response.writeHead(403).end(JSON.stringify({ error: 'x', error_code: 1 }))
    else if (body.includes('"stream":true')) {
      response.setHeader('content-type', 'text/event-stream')
      response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`)
    } else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })

beforeAll(async () => {
  cloud = await startTencentCloud()
  services = await startServices()
  documents = await cloudbaseDatabase()
  database = await testDatabase()
  cloud.state.platformVariables['TCB_CONTEXT_CNFG'] = JSON.stringify({ URL: documents.url })
  gateway = project(cloud)
  const map = JSON.stringify({ tiny: { api_base: `${services.url}/v1`, api_key_env: 'GLM_API_KEY' } })
  const folders = readdirSync(join(gateway.folder, 'dist/functions')).map((name) =>
    join(gateway.folder, 'dist/functions', name),
  )
  for (const folder of [gateway.folder, ...folders]) {
    writeFileSync(join(folder, 'model_map.json'), map)
    writeFileSync(join(folder, 'model_list.json'), '["tiny"]')
  }
  configured = {
    CLOUDBASE_ENV_ID: cloud.state.envId,
    CLOUDBASE_AUTH_ORIGIN: services.url,
    CLOUDBASE_APIKEY: apiKey,
    TENCENTCLOUD_SECRETID: cloud.state.secretId,
    TENCENTCLOUD_SECRETKEY: cloud.state.secretKey,
    GATEWAY_ADMIN_KEY: adminKey,
    GLM_API_KEY: providerKey,
    CORS_ALLOW_ALL: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    USAGE_STORE: 'collection',
    WALLET: 'on',
    KEYS: 'on',
    GATEWAY_FUNCTIONS: listValues('GATEWAY_FUNCTIONS', functions).join(','),
    RATE_LIMIT_PER_MINUTE: '20',
    TICKET_SECRET: ticketSecret,
    GATEWAY_QPS_TOTAL: '200',
    GATEWAY_QPS_PER_CLIENT: '10',
    MYSQL_DSN: database.dsn,
    CONFIG_TTL: '1',
  }
  gateway.configure(configured)
  cloud.state.database = (sql) => database.query(sql)
  deployed = await run('deploy', '--yes', '--no-build', '--patience', '20')
}, 240_000)

afterAll(async () => {
  gateway.remove()
  await services.close()
  await cloud.close()
  await documents.close()
})

describeWithDatabase('a deployment with a usage collection', () => {
  test('creates the collection with its indexes', () => {
    expect(deployed.code).toBe(0)
    expect(cloud.state.collections.get('llm_gateway_usage')?.indexes.sort()).toEqual(['days', 'due', 'orphans', 'own'])
  })

  test('allows users to read their own records and to write none', () => {
    expect(cloud.state.permissions.get('collection:llm_gateway_usage')).toEqual({
      Permission: 'CUSTOM',
      SecurityRule: '{"read":"doc.user_id == auth.uid","write":false}',
    })
    const { body } = cloud.state.calls.find(({ body: { Resource } }) => Resource === 'llm_gateway_usage') ?? {}
    expect(body).toEqual({
      EnvId: cloud.state.envId,
      ResourceType: 'collection',
      Resource: 'llm_gateway_usage',
      Permission: 'CUSTOM',
      SecurityRule: '{"read":"doc.user_id == auth.uid","write":false}',
    })
  })

  test('adds missing indexes to an existing collection, and reports the permission that it replaces', async () => {
    cloud.state.collections.set('llm_gateway_usage', { indexes: ['due'] })
    cloud.state.permissions.set('collection:llm_gateway_usage', { Permission: 'READONLY' })
    const { code, output } = await run('deploy', '--yes', '--no-build', '--patience', '20')
    expect(output).toContain(
      'collection llm_gateway_usage: indexes orphans, own, days; users read their own records and write none in place of READONLY',
    )
    expect(cloud.state.collections.get('llm_gateway_usage')?.indexes).toEqual(['due', 'orphans', 'own', 'days'])
    expect(cloud.state.permissions.get('collection:llm_gateway_usage')?.Permission).toBe('CUSTOM')
    expect(code).toBe(0)
  }, 120_000)
})

describeWithDatabase('a deployment with an empty table of models', () => {
  test('succeeds, and says that the table is empty and what is used instead', () => {
    expect(deployed.output).toMatch(/smoke check: .*GET \/v1\/models with the admin key: 200/)
    expect(deployed.output).toMatch(
      / ! GET \/health with the admin key: 200, The table holds no row .* used instead\..*\n +→ Import your models: npm run models -- import /,
    )
  })
})

describeWithDatabase('a deployment with tickets', () => {
  const readRules = (): Record<string, unknown> =>
    JSON.parse(String(cloud.state.permissions.get('function:')?.['SecurityRule'])) as Record<string, unknown>

  test('has a function that users may call, without a timer, and no path leads to it', () => {
    expect(cloud.state.functions.get('llm-ticket')?.triggers ?? []).toEqual([])
    expect(readRules()['llm-ticket']).toEqual({ invoke: 'auth != null' })
    expect(readRules()['llm-usage-flush']).toEqual({ invoke: false })
    for (const route of cloud.state.routes.values()) expect(route['UpstreamResourceName']).not.toBe('llm-ticket')
  })

  test('gives the secret to functions that check users, and gives the function of tickets no other secret', () => {
    const nameVariables = (name: string) => deployedVariables(cloud, name).map(({ Key }) => Key)
    expect(nameVariables('llm-ticket').sort()).toEqual(['CLOUDBASE_ENV_ID', 'TICKET_SECRET'])
    for (const { name, kind } of functions) {
      const checksUsers = kind === 'HTTP' && !['llm-health', 'llm-admin-reload'].includes(name)
      expect([name, nameVariables(name).includes('TICKET_SECRET')]).toEqual([
        name,
        checksUsers || name === 'llm-ticket',
      ])
    }
  })

  test('is told of rules that close it to users, and of a secret that is too short, without the secret', async () => {
    const rules = readRules()
    const withTickets = (invoke: unknown) =>
      cloud.state.permissions.set('function:', {
        Permission: 'CUSTOM',
        SecurityRule: JSON.stringify({ ...rules, 'llm-ticket': { invoke } }),
      })
    withTickets(false)
    const short = 'ticket-secret-too-short'
    gateway.configure({ ...configured, TICKET_SECRET: `${ticketSecret},${short}` })
    const { code, output } = await run('doctor')
    expect(output).toMatch(/✗ security rules: users may not call llm-ticket\n +→ Run npm run deploy\./)
    expect(output).toMatch(/✗ TICKET_SECRET: must be up to 4 secrets of 32 bytes or more, separated by commas/)
    expect(output).not.toContain(short)
    expect(code).toBe(1)
    gateway.configure(configured)
    withTickets('auth.openid != null')
    expect((await run('deploy', '--dry-run', '--no-build')).output).toMatch(/security rules: nothing to do/)
    withTickets('auth != null')
  }, 120_000)
})

describeWithDatabase('a deployment with limits', () => {
  test('creates the limits collection, which users can neither read nor write (R66)', () => {
    expect(cloud.state.collections.has('llm_gateway_usage_limits')).toBe(true)
    expect(cloud.state.permissions.get('collection:llm_gateway_usage_limits')).toEqual({ Permission: 'ADMINONLY' })
  })

  test('sets the platform’s limits on every route, and again only if one differs (R66)', async () => {
    const QPSPolicy = { QPSTotal: 200, QPSPerClient: { LimitBy: 'ClientIP', LimitValue: 10 } }
    expect([...cloud.state.routes.values()].map((route) => route['QPSPolicy'])).toEqual(
      Array(cloud.state.routes.size).fill(QPSPolicy),
    )
    expect((await run('deploy', '--dry-run', '--no-build')).output).toMatch(/routes: nothing to do/)
    const health = cloud.state.routes.get('/health')
    if (health) cloud.state.routes.set('/health', { ...health, QPSPolicy: { ...QPSPolicy, QPSTotal: 100 } })
    const { output } = await run('deploy', '--dry-run', '--no-build')
    if (health) cloud.state.routes.set('/health', health)
    expect(output).toMatch(/routes: modify \/health \(QPSTotal=200\) on /)
  }, 120_000)
})

describeWithDatabase('npm run doctor', () => {
  beforeAll(async () => {
    const row = ['tiny', 'openai', `${services.url}/v1`, 'GLM_API_KEY']
    const columns = 'model_name, provider, api_base, api_key_env'
    await database.query(`INSERT INTO llm_gateway_model_map (${columns}) VALUES (?, ?, ?, ?)`, row)
    const reload = { method: 'POST', headers: { 'x-gateway-key': adminKey } }
    expect((await fetchFrom(cloud)(`${cloud.url}/admin/reload`, reload)).status).toBe(200)
  })

  test('finds no problem after a deployment and exits with 0', async () => {
    const { code, output } = await run('doctor')
    expect(output.match(/^ {2}✗ .*$/gm) ?? []).toEqual([])
    for (const { name } of functions) expect(output).toMatch(new RegExp(`✓ ${name}: version 0[^,]*, code \\w{12}, `))
    expect(output).toMatch(/✓ llm-chat-completions: .*GLM_API_KEY/)
    expect(code).toBe(0)
  }, 120_000)

  test('lists each problem with its fix as JSON and exits with 1', async () => {
    cloud.state.accessOn = false
    cloud.state.permissions.clear()
    cloud.state.collections.clear()
    const chat = cloud.state.functions.get('llm-chat-completions')
    if (chat) cloud.state.functions.set('llm-chat-completions', { ...chat, params: { ...chat.params, Timeout: 3 } })
    cloud.state.functions.delete('llm-health')
    const { code, output } = await run('doctor', '--json')
    const { healthy, sections } = JSON.parse(output) as { healthy: boolean; sections: { findings: Finding[] }[] }
    const problems = sections.flatMap(({ findings }) => findings).filter(({ level }) => level === 'problem')
    const subjects = [
      'llm-health',
      'llm-chat-completions',
      'security rules',
      'HTTP access service',
      'llm_gateway_usage',
      'llm_gateway_usage_limits',
      'llm_gateway_state',
    ]
    expect(problems.map(({ subject }) => subject)).toEqual(expect.arrayContaining(subjects))
    expect(problems.find(({ subject }) => subject === 'llm-chat-completions')?.detail).toContain('timeout 3 → 300 s')
    for (const { fix } of problems) expect(fix).not.toBe('')
    expect(healthy).toBe(false)
    expect(code).toBe(1)
  }, 120_000)
})

interface Finding {
  readonly level: string
  readonly subject: string
  readonly detail: string
  readonly fix: string
}

describeWithDatabase('a gateway without a database', () => {
  test('is repaired by a deployment', async () => {
    const { USAGE_STORE: _, MYSQL_DSN: __, WALLET: ___, KEYS: ____, ...variables } = configured
    gateway.configure({ ...variables, GATEWAY_FUNCTIONS: 'embeddings' })
    expect((await run('deploy', '--yes', '--no-build', '--patience', '20')).code).toBe(0)
  }, 120_000)

  test('replies to npm run doctor -- --live, which calls each model', async () => {
    const { code, output } = await run('doctor', '--live')
    expect(output).toMatch(
      /! llm-rerank: is deployed, .* GATEWAY_FUNCTIONS does not have rerank\n +→ Set GATEWAY_FUNCTIONS=embeddings,rerank and/,
    )
    expect(output).toMatch(/! llm-wallet: is deployed, but WALLET does not have on\n +→ Set WALLET=on and/)
    expect(output).toMatch(/✓ tiny: answers in \d+ ms, 4 tokens/)
    expect(code).toBe(0)
  }, 120_000)

  test('is told of a name in GATEWAY_FUNCTIONS that no function has', async () => {
    const { USAGE_STORE: _, MYSQL_DSN: __, WALLET: ___, KEYS: ____, ...variables } = configured
    gateway.configure({ ...variables, GATEWAY_FUNCTIONS: 'embeddings,re-rank' })
    const { code, output } = await run('doctor')
    expect(output).toMatch(
      /✗ GATEWAY_FUNCTIONS: has re-rank, .*\n +→ Correct it: it can name embeddings, rerank, messages, responses/,
    )
    expect(code).toBe(1)
    gateway.configure({ ...variables, GATEWAY_FUNCTIONS: 'embeddings' })
  }, 120_000)

  test('passes npm run smoke, which uses the official client', async () => {
    const { code, output } = await run('smoke', cloud.url)
    expect(output.match(/^✓ .*$/gm)).toEqual([
      '✓ models: tiny',
      '✓ chat: 4 tokens',
      expect.stringMatching(/^✓ streamed chat: 1 pieces/),
      '✓ completion: ok',
      '✓ unknown model is 404: model_not_found',
    ])
    expect(code).toBe(0)
  }, 120_000)

  test('makes npm run smoke exit with 1 for a wrong URL and with 2 for a missing one', async () => {
    expect((await run('smoke', services.url)).code).toBe(1)
    const { code, output } = await run('smoke')
    expect(output).toContain('The URL of the gateway is missing.')
    expect(code).toBe(2)
  }, 120_000)
})

/** As a doctor that was interrupted in its probes. */
const leaveProbeBehind = (): void => {
  const { functions: deployedFunctions, routes } = cloud.state
  const [stored] = deployedFunctions.values()
  const [route] = routes.values()
  if (!stored || !route) throw new Error('nothing is deployed')
  const params = { ...stored.params, Description: 'LLM gateway probe, code 0123' }
  deployedFunctions.set('llm-probe', { ...stored, params })
  routes.set('/llm-probe', { ...route, Path: '/llm-probe', UpstreamResourceName: 'llm-probe' })
}

describeWithDatabase('npm run undeploy', () => {
  test('lists what it would remove, and removes nothing without --yes', async () => {
    const { code, output } = await run('undeploy')
    expect(output).toMatch(/routes: remove \/health/)
    expect(output).toContain('function llm-chat-completions: remove')
    expect(output).toContain('Nothing has been removed.')
    expect(cloud.state.functions.size).toBe(functions.length)
    expect(code).toBe(1)
  }, 120_000)

  test('removes routes, functions and rules, and keeps the records and everything of the app', async () => {
    const own = {
      Path: '/shop',
      UpstreamResourceType: 'SCF',
      UpstreamResourceName: 'shop',
      EnablePathTransmission: false,
    }
    cloud.state.routes.set('/shop', own)
    leaveProbeBehind()
    const earlier = new Map([...cloud.state.routes, ['/shop-too', { ...own, Path: '/shop-too' }]])
    cloud.state.otherDomains.set('api.example.com', earlier)
    expect((await run('deploy', '--dry-run', '--no-build')).output).toMatch(
      /routes: the \d+ routes on api\.example\.com stay until npm run undeploy\n/,
    )
    cloud.state.collections.set('llm_gateway_usage', { indexes: [] })
    const { code } = await run('undeploy', '--yes')
    expect(code).toBe(0)
    expect(cloud.state.functions.size).toBe(0)
    expect([...cloud.state.routes.keys()]).toEqual(['/shop'])
    expect([...earlier.keys()]).toEqual(['/shop', '/shop-too'])
    expect(JSON.parse(cloud.state.permissions.get('function:')?.SecurityRule ?? '{}')).toEqual({
      '*': { invoke: 'auth != null' },
    })
    expect(cloud.state.collections.has('llm_gateway_usage')).toBe(true)
    expect((await run('undeploy', '--yes')).output).toContain('not deployed here')
  }, 120_000)
})

describeWithDatabase('all commands', () => {
  test('print no secret', () => {
    const { secretId, secretKey } = cloud.state
    for (const secret of [secretId, secretKey, adminKey, providerKey, apiKey, database.dsn]) {
      expect(outputs.join('\n')).not.toContain(secret)
    }
  })
})
