import { describe, expect, test } from '@jest/globals'
import { type Environment, readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'

describe('the environment', () => {
  test('has the original’s defaults', () => {
    expect(readEnvironment({}).values).toMatchObject({
      CLOUDBASE_ENV_ID: undefined,
      CLOUDBASE_REGION: 'ap-shanghai',
      DISABLE_AUTH: false,
      POINTS_PER_1K_TOKENS: '1.0',
      MODEL_LIST: undefined,
      MODEL_PROVIDER_MAP: undefined,
      BILLING_WEBHOOK_URL: undefined,
      MYSQL_DSN: undefined,
      MYSQL_PORT: 3306,
      MYSQL_POOL_MIN: 1,
      MYSQL_POOL_MAX: 5,
      REMOTE_CONFIG_TABLE: 'llm_gateway_model_map',
    } satisfies Partial<Environment>)
  })

  test.each([
    ['CLOUDBASE_ENV_ID', 'env-1', 'env-1'],
    ['CLOUDBASE_REGION', 'ap-guangzhou', 'ap-guangzhou'],
    ['CLOUDBASE_AUTH_ORIGIN', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['CLOUDBASE_AUTH_ORIGIN', 'https://login.example.com', 'https://login.example.com'],
    ['AUTH_MODE', 'remote', 'remote'],
    ['AUTH_CACHE_TTL', '0', 0],
    ['AUTH_CACHE_TTL', '300', 300],
    ['AUTH_STATE_CHECK', 'off', 'off'],
    ['ALLOW_ANONYMOUS', 'true', true],
    ['DENIED_USERS', 'u1,u2', 'u1,u2'],
    ['CLOUDBASE_APIKEY', 'key', 'key'],
    ['TENCENTCLOUD_SECRETID', 'id', 'id'],
    ['TENCENTCLOUD_SECRETKEY', 'key', 'key'],
    ['TENCENTCLOUD_SESSIONTOKEN', 'token', 'token'],
    ['USER_HASH_KEY', 'key', 'key'],
    ['DISABLE_AUTH', 'yes', true],
    ['ALLOW_INSECURE', 'on', true],
    ['GATEWAY_ADMIN_KEY', ' key ', 'key'],
    ['MODEL_LIST', '"a,b"', 'a,b'],
    ['MODEL_LIST', `'["a"]'`, '["a"]'],
    ['MODEL_LIST', '["a"]', '["a"]'],
    ['MODEL_LIST_FILE', '/app/model_list.json', '/app/model_list.json'],
    ['MODEL_PROVIDER_MAP', `'{"m": {}}'`, '{"m": {}}'],
    ['MODEL_PROVIDER_MAP_FILE', '/app/model_map.json', '/app/model_map.json'],
    ['MYSQL_DSN', 'mysql://u:p@h:3306/d', 'mysql://u:p@h:3306/d'],
    ['MYSQL_HOST', 'h', 'h'],
    ['MYSQL_PORT', '3307', 3307],
    ['MYSQL_USER', 'u', 'u'],
    ['MYSQL_PASSWORD', 'p', 'p'],
    ['MYSQL_DB', 'd', 'd'],
    ['MYSQL_POOL_MIN', '0', 0],
    ['MYSQL_POOL_MAX', '2', 2],
    ['MYSQL_SSL_MODE', 'verify_ca', 'verify_ca'],
    ['REMOTE_CONFIG_SOURCE', 'rdb', 'rdb'],
    ['REMOTE_CONFIG_SOURCE', 'none', 'none'],
    ['REMOTE_CONFIG_TABLE', 'd.t', 'd.t'],
    ['CONFIG_TTL', '0', 0],
    ['CLOUDBASE_APIKEY', 'key', 'key'],
    ['ALLOW_PRIVATE_UPSTREAMS', 'true', true],
    ['UPSTREAM_TIMEOUT_CONNECT', '100', 100],
    ['UPSTREAM_TIMEOUT_FIRST_BYTE', '200', 200],
    ['UPSTREAM_TIMEOUT_IDLE', '300', 300],
    ['UPSTREAM_TIMEOUT_TOTAL', '400', 400],
    ['MAX_CHOICES', '1', 1],
    ['MAX_PROMPTS', '2048', 2048],
    ['RATE_LIMIT_PER_MINUTE', '20', 20],
    ['RATE_LIMIT_PER_MINUTE', '6e1', 60],
    ['MAX_CHOICES', '4.0', 4],
    ['MAX_CONCURRENT_STREAMS', '3', 3],
    ['POINTS_PER_1K_TOKENS', '0.25', '0.25'],
    ['POINTS_PER_1K_TOKENS', '.5', '.5'],
    ['POINTS_PER_1K_TOKENS', '5.', '5.'],
    ['POINTS_PER_1K_TOKENS', '1e-3', '1e-3'],
    ['POINTS_PER_YUAN', '+1', '+1'],
    ['BILLING_WEBHOOK_URL', 'https://example.com/hook', 'https://example.com/hook'],
    ['BILLING_WEBHOOK_TOKEN', 'token', 'token'],
    ['USAGE_STORE', 'file', 'file'],
    ['USAGE_FILE', '/tmp/usage.jsonl', '/tmp/usage.jsonl'],
  ] as const)('reads %s=%s', (name, text, value) => {
    const { values, problems } = readEnvironment({ [name]: text })
    expect(values[name]).toBe(value)
    expect(problems).toEqual([])
  })

  test.each([
    ['BILLING_WEBHOOK_URL', 'not a url', undefined],
    ['BILLING_WEBHOOK_URL', 'ftp://example.com', undefined],
    ['CLOUDBASE_AUTH_ORIGIN', 'javascript:alert(1)', undefined],
    ['CLOUDBASE_AUTH_ORIGIN', 'http://login.example.com', undefined],
    ['CLOUDBASE_AUTH_ORIGIN', 'http://127.0.0.1.example.com', undefined],
    ['CLOUDBASE_ENV_ID', 'env-1.example.com', undefined],
    ['CLOUDBASE_REGION', 'ap/shanghai', 'ap-shanghai'],
    ['AUTH_MODE', 'open', 'jwks'],
    ['AUTH_CACHE_TTL', '-1', 60],
    ['AUTH_CACHE_TTL', '3600', 60],
    ['AUTH_STATE_CHECK', 'maybe', 'on'],
    ['UPSTREAM_TIMEOUT_TOTAL', 'soon', 290_000],
    ['UPSTREAM_TIMEOUT_IDLE', '0', 30_000],
    ['UPSTREAM_TIMEOUT_CONNECT', '1.5', 5_000],
    ['MAX_CHOICES', '0', 4],
    ['MAX_PROMPTS', 'many', 16],
    ['RATE_LIMIT_PER_MINUTE', '1001', 0],
    ['MAX_CONCURRENT_STREAMS', '-1', 0],
    ['USAGE_STORE', 'redis', 'none'],
    ['MYSQL_PORT', '65536', 3306],
    ['MYSQL_POOL_MIN', '-1', 1],
    ['MYSQL_POOL_MAX', 'all', 5],
    ['MYSQL_SSL_MODE', 'preferred', 'disabled'],
    ['REMOTE_CONFIG_SOURCE', 'sqlite', undefined],
    ['CONFIG_TTL', 'often', 10],
  ] as const)('counts %s=%s as unset and names the variable, not the value', (name, text, fallback) => {
    const { values, problems } = readEnvironment({ [name]: text })
    expect(values[name]).toBe(fallback)
    expect(problems).toEqual([{ variable: name, problem: expect.any(String) }])
    expect(problems[0]?.problem).not.toContain(text)
  })

  test.each(['many', '-1', '1,5', '1e400', 'nan', 'inf'])('has no default for POINTS_PER_1K_TOKENS=%s', (text) => {
    const { values, problems } = readEnvironment({ POINTS_PER_1K_TOKENS: text })
    expect(values.POINTS_PER_1K_TOKENS).toBeUndefined()
    expect(problems).toEqual([{ variable: 'POINTS_PER_1K_TOKENS', problem: expect.any(String), stopsCalls: true }])
  })

  test.each(['', '   '])('counts %j as unset and reports nothing', (blank) => {
    const { values, problems } = readEnvironment({ POINTS_PER_1K_TOKENS: blank, CLOUDBASE_ENV_ID: blank })
    expect(values).toMatchObject({ POINTS_PER_1K_TOKENS: '1.0', CLOUDBASE_ENV_ID: undefined })
    expect(problems).toEqual([])
  })
})
