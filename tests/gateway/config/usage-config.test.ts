import { describe, expect, test } from '@jest/globals'
import { createUsageConfig } from '../../../shared/gateway/config/usage-config.ts'
import { readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'
import type { Variables } from '../../../shared/gateway/config/variables/variable.ts'
import { captureLog } from '../../support/capture-log.ts'

const read = (environment: Variables) => {
  const { log, lines } = captureLog()
  const config = createUsageConfig(readEnvironment(environment).values, log)
  return { config, help: lines.map(({ fields }) => String(fields['help'])) }
}

describe('the usage configuration', () => {
  test('stores nothing and delivers nothing by default', () => {
    expect(read({}).config).toEqual({
      store: { kind: 'none' },
      durability: 'intent',
      failOpen: false,
      progressEveryMs: 5_000,
      tariff: { value: { pointsPer1kTokens: '1.0', pointsPerYuan: '500' } },
      webhook: undefined,
      maxResponseMs: 290_000,
    })
  })

  test.each<[Variables, Record<string, unknown>]>([
    [{ USAGE_STORE: 'file' }, { store: { kind: 'file', path: 'usage.jsonl' }, durability: 'final' }],
    [{ USAGE_STORE: 'file', USAGE_FILE: '/tmp/u', USAGE_DURABILITY: 'intent' }, { durability: 'intent' }],
    [
      {
        USAGE_STORE: 'mysql',
        MYSQL_DSN: 'mysql://ann:p%40ss@db:3307/app',
        USAGE_TABLE: 'app.usage',
        MYSQL_POOL_MAX: '2',
      },
      {
        durability: 'intent',
        store: {
          kind: 'mysql',
          options: {
            login: { host: 'db', port: 3307, user: 'ann', password: 'p@ss', database: 'app', sslMode: 'disabled' },
            table: 'app.usage',
            poolMin: 1,
            poolMax: 2,
          },
        },
      },
    ],
    [
      { USAGE_STORE: 'mysql', MYSQL_DSN: 'mysql://ann:p@db/app', MYSQL_SSL_MODE: 'verify_identity' },
      { store: { options: { login: { sslMode: 'verify_identity' } } } },
    ],
    [
      { USAGE_STORE: 'collection', CLOUDBASE_ENV_ID: 'env', CLOUDBASE_APIKEY: 'a-key', USAGE_COLLECTION: 'mine' },
      {
        store: {
          kind: 'collection',
          options: { envId: 'env', region: 'ap-shanghai', collection: 'mine', credentials: { accessKey: 'a-key' } },
        },
      },
    ],
    [
      {
        USAGE_STORE: 'collection',
        CLOUDBASE_ENV_ID: 'env',
        TENCENTCLOUD_SECRETID: 'id',
        TENCENTCLOUD_SECRETKEY: 'key',
      },
      { store: { options: { credentials: { secretId: 'id', secretKey: 'key' } } } },
    ],
    [{ USAGE_FAIL_OPEN: 'true' }, { failOpen: true }],
    [{ USAGE_PROGRESS_INTERVAL: '2000' }, { progressEveryMs: 2_000 }],
    [
      { POINTS_PER_1K_TOKENS: '0.25', POINTS_PER_YUAN: '100.5' },
      { tariff: { value: { pointsPer1kTokens: '0.25', pointsPerYuan: '100.5' } } },
    ],
    [
      {
        BILLING_WEBHOOK_URL: 'https://pay.example.com/u',
        BILLING_WEBHOOK_TOKEN: 't',
        BILLING_WEBHOOK_SECRET: 'whsec_x',
      },
      { webhook: { url: 'https://pay.example.com/u', token: 't', secret: 'whsec_x' } },
    ],
    [{ UPSTREAM_TIMEOUT_TOTAL: '1000' }, { maxResponseMs: 1_000 }],
  ])('reads %j', (environment, expected) => {
    const { config, help } = read(environment)
    expect(config).toMatchObject(expected)
    expect(help).toEqual([])
  })

  test.each<[Variables, string]>([
    [{ USAGE_STORE: 'mysql' }, 'MYSQL_DSN'],
    [{ USAGE_STORE: 'mysql', MYSQL_DSN: 'db:3306' }, 'MYSQL_DSN'],
    [{ USAGE_STORE: 'rdb', CLOUDBASE_ENV_ID: 'env' }, 'CLOUDBASE_APIKEY'],
    [{ USAGE_STORE: 'rdb', CLOUDBASE_APIKEY: 'a-key' }, 'CLOUDBASE_ENV_ID'],
    [{ USAGE_STORE: 'collection', CLOUDBASE_APIKEY: 'a-key' }, 'CLOUDBASE_ENV_ID'],
    [{ USAGE_STORE: 'collection', CLOUDBASE_ENV_ID: 'env' }, 'CLOUDBASE_APIKEY'],
    [{ USAGE_STORE: 'collection', CLOUDBASE_ENV_ID: 'env', TENCENTCLOUD_SECRETID: 'id' }, 'TENCENTCLOUD_SECRETKEY'],
    [
      {
        USAGE_STORE: 'collection',
        CLOUDBASE_ENV_ID: 'env',
        TENCENTCLOUD_SECRETID: 'id',
        TENCENTCLOUD_SECRETKEY: 'key',
        TENCENTCLOUD_SESSIONTOKEN: 'session',
      },
      'without TENCENTCLOUD_SESSIONTOKEN',
    ],
  ])('rejects every request rather than losing records with %j, and logs what to set', (environment, named) => {
    const { config, help } = read(environment)
    expect(config.store).toEqual({ kind: 'refused' })
    expect(help).toEqual([expect.stringContaining(named)])
  })

  test.each([
    ['usage_rows', { table: 'usage_rows', database: undefined }],
    ['public.usage_rows', { table: 'usage_rows', database: 'public' }],
  ])('reads the table %s of USAGE_STORE=rdb', (name, expected) => {
    const access = { CLOUDBASE_ENV_ID: 'env', CLOUDBASE_APIKEY: 'a-key' }
    const { config } = read({ USAGE_STORE: 'rdb', USAGE_TABLE: name, ...access })
    expect(config.store).toMatchObject({ kind: 'rdb', options: { ...expected, envId: 'env' } })
    expect(config.durability).toBe('intent')
  })

  test.each(['POINTS_PER_1K_TOKENS', 'POINTS_PER_YUAN'])('has no tariff if %s is not a number', (variable) => {
    const { config, help } = read({ [variable]: '0,5' })
    expect(config.tariff.value).toBeUndefined()
    expect(help).toEqual([expect.stringContaining(`${variable} must be a decimal number`)])
  })

  test.each([
    ['USAGE_TABLE', 'usage; DROP TABLE x', 'llm_gateway_usage'],
    ['USAGE_DURABILITY', 'always', undefined],
    ['USAGE_PROGRESS_INTERVAL', '0', 5_000],
  ])('counts %s=%s as unset and reports it', (name, value, fallback) => {
    const { values, problems } = readEnvironment({ [name]: value })
    expect(values[name as keyof typeof values]).toBe(fallback)
    expect(problems.map(({ variable }) => variable)).toEqual([name])
  })
})
