import { describe, expect, test } from '@jest/globals'
import { createDevEnvironment } from '../../scripts/local/dev-environment.ts'

const setting = { modelUrl: 'http://127.0.0.1:49152', apiKey: 'secret', usageFile: '/app/.local/usage.jsonl' }
const dev = (environment: NodeJS.ProcessEnv) => createDevEnvironment(environment, setting)

describe('the environment in development', () => {
  test('serves the embedded model without authentication and writes records to a file', () => {
    const { MODEL_PROVIDER_MAP, ...rest } = dev({ PATH: '/bin' })
    expect(rest).toEqual({
      PATH: '/bin',
      DISABLE_AUTH: 'true',
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      USAGE_STORE: 'file',
      USAGE_FILE: '/app/.local/usage.jsonl',
      WALLET: 'on',
      DAILY_POINTS: '10000',
      TINY_MODEL_API_KEY: 'secret',
    })
    expect(JSON.parse(MODEL_PROVIDER_MAP ?? '')).toEqual({
      tiny: {
        provider: 'openai',
        api_base: 'http://127.0.0.1:49152/v1',
        api_key_env: 'TINY_MODEL_API_KEY',
        input_price_per_1m: 200,
        output_price_per_1m: 400,
      },
    })
  })

  test.each([
    'DISABLE_AUTH',
    'ALLOW_PRIVATE_UPSTREAMS',
    'USAGE_STORE',
    'USAGE_FILE',
    'WALLET',
    'DAILY_POINTS',
    'MODEL_PROVIDER_MAP',
  ])('keeps %s as the developer set it, and ignores an empty value', (name) => {
    expect(dev({ [name]: 'mine' })).toMatchObject({ [name]: 'mine' })
    expect(dev({ [name]: '' })).toEqual(dev({}))
  })

  test.each(['MODEL_PROVIDER_MAP_FILE', 'MYSQL_DSN', 'MYSQL_HOST', 'REMOTE_CONFIG_TABLE', 'REMOTE_CONFIG_SOURCE'])(
    'names no model if %s names models',
    (name) => {
      expect(dev({ [name]: 'mine' })).not.toHaveProperty('MODEL_PROVIDER_MAP')
      expect(dev({ [name]: '' })).toHaveProperty('MODEL_PROVIDER_MAP')
    },
  )

  test.each<[string, NodeJS.ProcessEnv]>([
    ['the models are the developer’s own', { MODEL_PROVIDER_MAP_FILE: 'model_map.json' }],
    ['records are kept elsewhere', { USAGE_STORE: 'none' }],
  ])('leaves wallets off if %s', (_, environment) => {
    for (const name of ['WALLET', 'DAILY_POINTS']) expect(dev(environment)).not.toHaveProperty(name)
  })

  test('gives points of a day to wallets in the file, and none to those in a database', () => {
    const environment = { MODEL_PROVIDER_MAP: '{}', WALLET: 'on' }
    expect(dev(environment)).toMatchObject({ WALLET: 'on', DAILY_POINTS: '10000' })
    expect(dev({ ...environment, USAGE_STORE: 'mysql' })).toMatchObject({ WALLET: 'on' })
    expect(dev({ ...environment, USAGE_STORE: 'mysql' })).not.toHaveProperty('DAILY_POINTS')
  })

  test('leaves authentication to AUTH_MODE if that is set', () => {
    expect(dev({ AUTH_MODE: 'jwks' })).not.toHaveProperty('DISABLE_AUTH')
    expect(dev({ AUTH_MODE: 'jwks', DISABLE_AUTH: 'true' })).toMatchObject({ DISABLE_AUTH: 'true' })
  })
})
