import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { findSecrets } from '../../../shared/gateway/config/secrets.ts'
import { environmentSchema } from '../../../shared/gateway/config/variables/environment.ts'
import { createRegistry } from '../../../shared/models/registry.ts'
import { captureLog } from '../../support/capture-log.ts'

describe('the secrets of an environment', () => {
  test('include the value of every variable of ours that holds one (R68)', () => {
    const ours = Object.keys(environmentSchema).filter((name) => findSecrets({ [name]: 'a value' }).length > 0)
    expect(ours.sort()).toEqual([
      'BILLING_WEBHOOK_SECRET',
      'BILLING_WEBHOOK_TOKEN',
      'BILLING_WEBHOOK_URL',
      'CLOUDBASE_APIKEY',
      'GATEWAY_ADMIN_KEY',
      'MYSQL_DSN',
      'MYSQL_PASSWORD',
      'TENCENTCLOUD_SECRETID',
      'TENCENTCLOUD_SECRETKEY',
      'TENCENTCLOUD_SESSIONTOKEN',
      'TICKET_SECRET',
      'USER_HASH_KEY',
    ])
  })

  test.each([
    'GLM_API_KEY',
    'MY_TOKEN',
    'OTHER_KEY',
    'DB_PASSWORD',
    'REDIS_DSN',
    'APP_SECRET',
    'AZURE_CREDENTIAL',
    'DB_PWD',
  ])('include the value of the app’s own %s', (name) => expect(findSecrets({ [name]: ' value ' })).toEqual(['value']))

  test('include the passwords in URLs, as written and decoded', () => {
    expect(findSecrets({ MYSQL_DSN: 'mysql://u:p%40ss@host/db' })).toEqual([
      'mysql://u:p%40ss@host/db',
      'p%40ss',
      'p@ss',
    ])
    expect(findSecrets({ MYSQL_DSN: 'mysql://u:a@b%@host/db' })).toEqual(['mysql://u:a@b%@host/db', 'a@b%'])
    expect(findSecrets({ MYSQL_DSN: 'mysql://u:a%ff@host/db' })).toEqual(['mysql://u:a%ff@host/db', 'a%ff'])
    expect(findSecrets({ MYSQL_DSN: 'mysql://u@host/db' })).toEqual(['mysql://u@host/db'])
  })

  test.each([
    'PORT',
    'HOST',
    'POINTS_PER_1K_TOKENS',
    'STREAM_KEEPALIVE_SECONDS',
    'CLOUDBASE_ENV_ID',
    'LOG_LEVEL',
    'PWD',
    'OLDPWD',
  ])('do not include the value of %s', (name) => expect(findSecrets({ [name]: 'a value' })).toEqual([]))
})

test.each([
  ['redacts the keys in a model map once it is loaded (R68)', ''],
  ['redacts the keys in a model map without the blanks around them, as they are used', ' \n'],
])('%s', async (_, blanks) => {
  const key = 'written in the map itself'
  const map = { m: { api_base: 'https://a.example.com/v1', api_key: `${blanks}${key}${blanks}` } }
  const { server, models } = readConfig({ DISABLE_AUTH: 'true', MODEL_PROVIDER_MAP: JSON.stringify(map) })
  expect(server.redactor.clean(key)).toBe(key)
  await createRegistry({ ...models, log: captureLog().log }).current()
  expect(server.redactor.clean(`it says ${key}.`)).toBe('it says [redacted].')
})
