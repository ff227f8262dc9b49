import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rdbStore } from '../../shared/usage/store/rdb-store.ts'
import { rdbWalletStore } from '../../shared/wallet/rdb-wallet-store.ts'
import { providePostgres } from '../../testing/servers/postgres.ts'
import { type CloudbasePostgres, startCloudbasePostgres } from '../../testing/stand-ins/cloudbase-postgres.ts'
import { serviceKey } from '../../testing/stand-ins/postgres-api.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'
import { describeWithPostgres } from '../support/describe-with-postgres.ts'
import { makeOpening } from '../support/make-opening.ts'

const program = providePostgres()

let rig: DeploymentRig
let postgres: CloudbasePostgres

beforeAll(async () => {
  if (program === undefined) return
  rig = await deploymentRig({ USAGE_STORE: 'rdb', CLOUDBASE_APIKEY: serviceKey, WALLET: 'on' })
  postgres = await startCloudbasePostgres(program)
}, 120_000)

afterAll(async () => {
  await postgres?.close()
  await rig?.close()
})

const examine = async (variables = rig.variables): Promise<string> => (await rig.run('doctor', [], variables)).output

describeWithPostgres('a deployment with USAGE_STORE=rdb', () => {
  test('says which file to run where, if the environment has no PostgreSQL that the cloud’s API reaches', async () => {
    rig.cloud.state.postgres = undefined
    const { output } = await rig.run('deploy', ['--dry-run', '--no-build'])
    for (const file of ['usage', 'limits', 'wallet'])
      expect(output).toMatch(
        new RegExp(
          `tables of postgres/${file}\\.sql: manual: .* run scripts/sql/postgres/${file}\\.sql in the SQL editor of the environment's PostgreSQL`,
        ),
      )
    const renamed = await rig.run('deploy', ['--dry-run', '--no-build'], { ...rig.variables, USAGE_TABLE: 'my_usage' })
    expect(renamed.output).toContain('with my_usage in place of llm_gateway_usage')
  }, 120_000)

  test('creates tables that the gateway can use, and the doctor finds nothing wrong with them', async () => {
    rig.cloud.state.postgres = (sql) => postgres.query(sql)
    await rig.deploy()
    const options = { envId: 'env', region: 'ap-shanghai', credentials: { accessKey: serviceKey } }
    const store = rdbStore({ ...options, table: 'llm_gateway_usage', timeoutMs: 10_000 })
    const wallets = rdbWalletStore({ ...options, table: 'llm_gateway_usage' })
    const id = `wallet:${randomUUID()}`
    await wallets.insert([{ id, version: 0, dueAt: 0, data: '{}' }])
    expect(await wallets.replace({ id, version: 1, dueAt: 0, data: '{"a":1}' })).toBe(true)
    expect(await store.read(makeOpening({ requestId: 'unknown' }).requestId)).toBeUndefined()
    const output = await examine()
    expect(output).toMatch(/✓ llm_gateway_usage: has 37 columns, its grants and its row policies/)
    expect(output).toMatch(/✓ llm_gateway_usage_totals: is read by the gateway alone/)
    expect(output).toMatch(/✓ llm_gateway_usage_limits: has 4 columns/)
    expect(output).toMatch(/✓ llm_gateway_usage_wallet: has 4 columns/)
  }, 240_000)

  test('is mended by another deployment: the doctor finds a column of a newer version that is missing', async () => {
    rig.cloud.state.postgres = (sql) => postgres.query(sql)
    await postgres.query('ALTER TABLE llm_gateway_usage DROP COLUMN key_id CASCADE')
    const output = await examine()
    expect(output).toContain('✗ llm_gateway_usage: lacks the columns key_id')
    expect(output).toContain('Run npm run deploy, which runs scripts/sql/postgres/usage.sql.')
    await rig.deploy()
    expect(await examine()).toMatch(/✓ llm_gateway_usage: has 37 columns/)
  }, 240_000)
})
