import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { splitStatements } from '../../scripts/cloud/sql/sql-files.ts'
import { functions } from '../../scripts/functions.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { deployedVariables } from '../cloud/deployed-variables.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { seedTable } from '../support/seed-table.ts'

let rig: DeploymentRig
let database: TestDatabase

const listColumns = async (table: string): Promise<string[]> =>
  (await database.query(`SHOW COLUMNS FROM ${table}`)).map((row) => String(row['Field']))

const parameter = (name: string, key: string): unknown => rig.cloud.state.functions.get(name)?.params[key]

const getVariables = (name: string): Record<string, unknown> =>
  Object.fromEntries(deployedVariables(rig.cloud, name).map(({ Key, Value }) => [Key, Value]))

/** Sets a variable of a deployed function, as an operator does in the console. */
const setInConsole = (name: string, key: string, value: string): void => {
  const { functions } = rig.cloud.state
  const stored = functions.get(name)
  if (!stored) throw new Error(`${name} is not deployed`)
  const Variables = Object.entries({ ...getVariables(name), [key]: value }).map(([Key, Value]) => ({ Key, Value }))
  functions.set(name, { ...stored, params: { ...stored.params, Environment: { Variables } } })
}

/** Makes the project one of another version: other code, and what else is given. */
const becomeVersion = (version: string, envVariables: Readonly<Record<string, string>>): void => {
  const path = (file: string) => join(rig.gateway.folder, file)
  const manifest = JSON.parse(readFileSync(path('package.json'), 'utf8')) as object
  writeFileSync(path('package.json'), JSON.stringify({ ...manifest, version }))
  const file = JSON.parse(readFileSync(path('cloudbaserc.json'), 'utf8')) as { functions: { envVariables: object }[] }
  for (const row of file.functions) Object.assign(row.envVariables, envVariables)
  writeFileSync(path('cloudbaserc.json'), JSON.stringify(file))
  appendFileSync(path('dist/functions/llm-models/index.js'), `\n// ${version}\n`)
}

describeWithDatabase('a table of an older version', () => {
  beforeAll(async () => {
    database = await testDatabase()
    for (const statement of splitStatements(seedTable)) await database.query(statement)
    await database.query(
      "INSERT INTO llm_gateway_model_map (model_name, provider, api_base, api_key_env) VALUES ('m', 'p', 'https://h/v1', 'GLM_API_KEY')",
    )
    rig = await deploymentRig({ MYSQL_DSN: database.dsn })
    rig.cloud.state.database = (sql) => database.query(sql)
    expect((await rig.deploy()).code).toBe(0)
  }, 240_000)

  afterAll(() => rig.close())

  test('gets the new columns, keeps its rows and is closed to clients, as the new tables are', async () => {
    expect(await listColumns('llm_gateway_model_map')).toEqual(
      expect.arrayContaining(['upstream_model', 'allowed_groups', 'cache_price_per_1m']),
    )
    expect(await database.query('SELECT model_name, enabled FROM llm_gateway_model_map')).toEqual([
      { model_name: 'm', enabled: 1 },
    ])
    expect((await listColumns('llm_gateway_state')).length).toBeGreaterThan(0)
    for (const table of ['llm_gateway_model_map', 'llm_gateway_state', 'llm_gateway_usage']) {
      expect(rig.cloud.state.permissions.get(`table:${table}`)).toEqual({ Permission: 'ADMINONLY' })
    }
  })

  test('stays unchanged in a second deployment', async () => {
    const before = await listColumns('llm_gateway_model_map')
    rig.calm()
    expect((await rig.deploy()).code).toBe(0)
    expect(rig.writes().filter((action) => action !== 'RunSql')).toEqual([])
    expect(await listColumns('llm_gateway_model_map')).toEqual(before)
  }, 120_000)

  test('is missed by npm run doctor if it is gone, also if only this machine can reach its database', async () => {
    await database.query('DROP TABLE llm_gateway_usage, llm_gateway_usage_wallet')
    const variables = { ...rig.variables, USAGE_STORE: 'mysql', WALLET: 'on', RATE_LIMIT_PER_MINUTE: '20' }
    const { output } = await rig.run('doctor', [], variables)
    expect(output).toMatch(/✓ llm_gateway_model_map: has \d+ columns/)
    expect(output).toMatch(/✓ llm_gateway_usage_limits: has 3 columns/)
    expect(output).toMatch(/✗ llm_gateway_usage_wallet: does not exist/)
    expect(output).toMatch(/✗ llm_gateway_usage: does not exist\n +→ Run npm run deploy, which creates it\./)
    const { database: inCloud } = rig.cloud.state
    rig.cloud.state.database = undefined
    const foreign = await rig.run('doctor', [], variables)
    rig.cloud.state.database = inCloud
    expect(foreign.output).toMatch(/✗ llm_gateway_usage: does not exist\n +→ Run the files of scripts\/sql/)
  }, 120_000)

  test('still serves an older version after a rollback', async () => {
    const older = { ...rig.variables, MYSQL_DSN: database.dsn }
    becomeVersion('0.0.9', {})
    const rolledBack = await rig.deploy([], older)
    expect(rolledBack.output).toMatch(/function llm-models: update: code \(of 0\.1\.0\)/)
    expect(rolledBack.output).toMatch(/GET \/v1\/models with the admin key: 200/)
    expect(rolledBack.code).toBe(0)
  }, 120_000)
})

describeWithDatabase('a first deployment with the model map in a table', () => {
  beforeAll(async () => {
    database = await testDatabase()
    rig = await deploymentRig({ MYSQL_DSN: database.dsn })
    rig.cloud.state.database = (sql) => database.query(sql)
    for (const folder of ['.', ...functions.map(({ name }) => `dist/functions/${name}`)])
      writeFileSync(join(rig.gateway.folder, folder, 'model_map.json'), '{}')
  }, 120_000)

  afterAll(() => rig.close())

  test('succeeds with an empty table and names the command that fills it', async () => {
    const { code, output } = await rig.deploy(['--patience', '600'])
    expect(output).toMatch(
      / ! GET \/v1\/models with the admin key: 200, there are no models yet\n +→ Import your models: npm run models -- import model_map\.json\n/,
    )
    expect(output).toContain('Deployed.')
    expect(code).toBe(0)
  }, 120_000)

  test('fails at once, with the reason, if the database refuses the login', async () => {
    const wrong = new URL(database.dsn)
    wrong.password = 'another-password'
    const { code, output } = await rig.deploy(['--patience', '600'], { ...rig.variables, MYSQL_DSN: wrong.href })
    expect(output).toMatch(
      /Failed: smoke check\. .*GET \/v1\/models with the admin key: 503 config_unavailable, The database refuses the login\./,
    )
    expect(output).not.toContain('waiting')
    expect(code).toBe(1)
  }, 120_000)
})

describeWithDatabase('an upgrade', () => {
  beforeAll(async () => {
    rig = await deploymentRig()
    expect((await rig.deploy()).code).toBe(0)
  }, 240_000)

  afterAll(() => rig.close())

  test('deploys the new code and the new variables, and lists them', async () => {
    rig.variables['NEW_IN_THIS_VERSION'] = 'value'
    becomeVersion('0.2.0', { NEW_IN_THIS_VERSION: '{{env.NEW_IN_THIS_VERSION}}' })
    const { code, output } = await rig.deploy()
    expect(output).toMatch(/function llm-models: update: code \(of 0\.1\.0\); environment \+NEW_IN_THIS_VERSION\n/)
    expect(getVariables('llm-usage')['NEW_IN_THIS_VERSION']).toBe('value')
    expect(parameter('llm-usage', 'Description')).toMatch(/^LLM gateway 0\.2\.0, /)
    expect(code).toBe(0)
  }, 120_000)

  test('announces that it resets a value that an operator changed in the console', async () => {
    setInConsole('llm-models', 'LOG_LEVEL', 'debug')
    const planned = await rig.run('deploy', ['--no-build', '--dry-run'])
    expect(planned.output).toMatch(
      /function llm-models: update: .*environment −LOG_LEVEL; it was changed in the console or by the CLI after the last deployment; \.env and cloudbaserc\.json overwrite that\n/,
    )
    expect(planned.output).toContain('function llm-usage: nothing to do')
    expect(getVariables('llm-models')['LOG_LEVEL']).toBe('debug')
    const { code, output } = await rig.deploy()
    expect(output).toContain('changed in the console')
    expect(getVariables('llm-models')['LOG_LEVEL']).toBeUndefined()
    expect(code).toBe(0)
  }, 120_000)

  test('keeps a value of the console that is also in .env', async () => {
    setInConsole('llm-models', 'LOG_LEVEL', 'debug')
    rig.variables['LOG_LEVEL'] = 'debug'
    const { code } = await rig.deploy()
    expect(getVariables('llm-models')['LOG_LEVEL']).toBe('debug')
    expect(code).toBe(0)
  }, 120_000)

  test('deploys a VPC and a concurrency that were added to cloudbaserc.json', async () => {
    const path = join(rig.gateway.folder, 'cloudbaserc.json')
    const file = JSON.parse(readFileSync(path, 'utf8')) as { functions: { name: string }[] }
    const row = file.functions.find(({ name }) => name === 'llm-models')
    Object.assign(row ?? {}, {
      vpc: { vpcId: 'vpc-1', subnetId: 'subnet-1' },
      instanceConcurrencyConfig: { dynamicEnabled: false, maxConcurrency: 20 },
    })
    writeFileSync(path, JSON.stringify(file))
    const { code, output } = await rig.deploy()
    expect(output).toMatch(/function llm-models: update: settings of cloudbaserc\.json; concurrency 50 → 20/)
    expect(parameter('llm-models', 'VpcConfig')).toEqual({ VpcId: 'vpc-1', SubnetId: 'subnet-1' })
    expect(parameter('llm-models', 'InstanceConcurrencyConfig')).toMatchObject({ MaxConcurrency: 20 })
    expect(code).toBe(0)
  }, 120_000)
})
