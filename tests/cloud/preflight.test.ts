import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { preflightChecks, runPreflight } from '../../scripts/cloud/deploy/preflight/preflight.ts'
import type { PreflightInput } from '../../scripts/cloud/deploy/preflight/preflight-check.ts'
import { findUnreadVariables } from '../../scripts/cloud/deploy/preflight/unread-variables.ts'
import { readCloudbaserc } from '../../scripts/cloud/settings/cloudbaserc.ts'
import { readModelKeys } from '../../scripts/cloud/settings/model-keys.ts'
import { findMapFaults, findUnlistedModels } from '../../scripts/cloud/settings/model-map-file.ts'
import { functions } from '../../scripts/functions.ts'

const complete = {
  CLOUDBASE_ENV_ID: 'shop-1a2b3c',
  TENCENTCLOUD_SECRETID: 'AKIDxxxxxxxx',
  TENCENTCLOUD_SECRETKEY: 'a-secret-key',
  GATEWAY_ADMIN_KEY: 'an-admin-key-of-some-length',
  GLM_API_KEY: 'glm-key',
  DEEPSEEK_API_KEY: 'deepseek-key',
  CORS_ORIGINS: 'https://app.example.com',
  BILLING_WEBHOOK_URL: 'https://billing.example.com/records',
}

const createInput = (variables: Record<string, string | undefined>): PreflightInput => ({
  settings: readCloudbaserc('.', variables),
  functions,
  variables,
  modelKeys: readModelKeys('.', variables),
  unlistedModels: findUnlistedModels('.'),
  mapFaults: findMapFaults('.', variables),
  unread: [],
})

/** The findings of all checks of a level. */
const findings = (level: 'problem' | 'warning', input: PreflightInput): string[] =>
  preflightChecks.filter((check) => check.level === level).flatMap(({ find }) => [...find(input)])

describe('the preflight', () => {
  test('finds nothing wrong with a complete .env and the cloudbaserc.json of this repository', () => {
    expect(findings('problem', createInput(complete))).toEqual([])
    expect(findings('warning', createInput(complete))).toEqual([])
  })

  test.each([
    ['JSON', { GLM_API_KEY: '["a"]' }, /^GLM_API_KEY holds JSON or quotes/],
    ['a number that JSON would not garble', { GLM_API_KEY: '12345' }, undefined],
    ['a quote', { GLM_API_KEY: 'a"b' }, /^GLM_API_KEY holds JSON or quotes/],
    ['no environment id', { CLOUDBASE_ENV_ID: undefined }, /^CLOUDBASE_ENV_ID is not set\. Put it into \.env/],
    ['an environment id with a slash', { CLOUDBASE_ENV_ID: 'a/b' }, /^CLOUDBASE_ENV_ID may hold/],
    ['no key pair', { TENCENTCLOUD_SECRETKEY: undefined }, /^TENCENTCLOUD_SECRETKEY is not set\. Put it into \.env/],
    ['authentication that is off', { DISABLE_AUTH: 'true' }, /^DISABLE_AUTH is for development/],
    ['authentication that is off on purpose', { DISABLE_AUTH: 'true', ALLOW_INSECURE: 'true' }, undefined],
    ['authentication whose mode is off', { AUTH_MODE: 'disabled' }, /^AUTH_MODE=disabled is for development/],
    ['a mode that is off on purpose', { AUTH_MODE: 'disabled', ALLOW_INSECURE: 'true' }, undefined],
    ['an origin without its scheme', { CORS_ORIGINS: 'app.example.com' }, /^CORS_ORIGINS /],
    ['a size with its unit', { MAX_BODY_BYTES: '6MB' }, /^MAX_BODY_BYTES /],
    ['a check of texts that there is not', { MODERATION: 'word' }, /^MODERATION must be one of off, words/],
    ['an address of alerts without its scheme', { ALERT_WEBHOOK_URL: 'robot.example' }, /^ALERT_WEBHOOK_URL must be/],
    ['a count of keys in words', { KEYS_PER_USER: 'many' }, /^KEYS_PER_USER must be/],
    ['optional functions', { GATEWAY_FUNCTIONS: 'rerank， embeddings' }, undefined],
    [
      'optional functions that there are not',
      { GATEWAY_FUNCTIONS: 'embedings,rerank,wallet' },
      /^GATEWAY_FUNCTIONS has embedings, wallet\. It can name embeddings, rerank, messages, responses, moderations, separated by commas\.$/,
    ],
    [
      'a secret of tickets that is too short',
      { TICKET_SECRET: 'x'.repeat(31) },
      /^TICKET_SECRET must be up to 4 secrets/,
    ],
    ['two secrets of tickets', { TICKET_SECRET: `${'x'.repeat(32)},${'y'.repeat(40)}` }, undefined],
    ['a limit of routes in words', { GATEWAY_QPS_TOTAL: 'many' }, /^GATEWAY_QPS_TOTAL must be/],
    ['a limit of addresses that is too high', { GATEWAY_QPS_PER_CLIENT: '31' }, /^GATEWAY_QPS_PER_CLIENT must be/],
    [
      'usage records in a file',
      { USAGE_STORE: 'file' },
      /^USAGE_STORE=file is for one machine: .* collection, mysql or rdb/,
    ],
    [
      'keys without a store',
      { KEYS: 'on', CLOUDBASE_APIKEY: 'api-key', USAGE_STORE: 'none', BILLING_WEBHOOK_URL: 'https://a.example/' },
      /^KEYS=on needs USAGE_STORE=collection, mysql or rdb/,
    ],
    [
      'keys without an API key',
      { KEYS: 'on', CLOUDBASE_APIKEY: undefined, USAGE_STORE: 'mysql' },
      /^KEYS=on needs CLOUDBASE_APIKEY/,
    ],
    [
      'keys whose owners are not checked',
      { KEYS: 'on', CLOUDBASE_APIKEY: undefined, USAGE_STORE: 'mysql', AUTH_STATE_CHECK: 'off' },
      undefined,
    ],
    ['limits of routes', { GATEWAY_QPS_TOTAL: '200', GATEWAY_QPS_PER_CLIENT: '10' }, undefined],
    ['an invalid value', { UPSTREAM_TIMEOUT_IDLE: 'soon' }, /^UPSTREAM_TIMEOUT_IDLE /],
    [
      'a reply timeout above that of its function',
      { UPSTREAM_TIMEOUT_TOTAL: '900000' },
      /^Raise the timeout of llm-chat-completions/,
    ],
    [
      'no key of any model',
      { GLM_API_KEY: undefined, DEEPSEEK_API_KEY: undefined },
      /^Set one of GLM_API_KEY, DEEPSEEK_API_KEY/,
    ],
    [
      'models from a table instead',
      { GLM_API_KEY: undefined, DEEPSEEK_API_KEY: undefined, MYSQL_DSN: 'mysql://h/d' },
      undefined,
    ],
    [
      'a long value',
      { BILLING_WEBHOOK_TOKEN: 'x'.repeat(4_000) },
      /has [45]\d\d\d bytes\. The largest value is BILLING_WEBHOOK_TOKEN/,
    ],
  ])('judges %s', (...[, variables, message]) => {
    const found = findings('problem', createInput({ ...complete, ...variables }))
    if (message) expect(found[0]).toMatch(message)
    else expect(found).toEqual([])
  })

  test.each([
    ['a missing key of one model', { DEEPSEEK_API_KEY: undefined }, /^DEEPSEEK_API_KEY is not set/],
    ['a short admin key', { GATEWAY_ADMIN_KEY: 'short' }, /^Set GATEWAY_ADMIN_KEY to 16 or more/],
    [
      'an admin key that no header can carry',
      { GATEWAY_ADMIN_KEY: '一个足够长的管理员密钥但是不能发送' },
      /^GATEWAY_ADMIN_KEY has characters that no request header can carry/,
    ],
    ['no record of usage', { BILLING_WEBHOOK_URL: undefined }, /^Neither USAGE_STORE nor BILLING_WEBHOOK_URL/],
    [
      'limits that every instance counts for itself',
      { RATE_LIMIT_PER_MINUTE: '20' },
      /^RATE_LIMIT_PER_MINUTE and MAX_CONCURRENT_STREAMS apply to each instance separately/,
    ],
    ['no CORS', { CORS_ORIGINS: undefined }, /^Neither CORS_ORIGINS nor CORS_ALLOW_ALL/],
  ])('only warns of %s', (...[, variables, message]) => {
    const input = createInput({ ...complete, ...variables })
    expect(findings('problem', input)).toEqual([])
    expect(findings('warning', input)[0]).toMatch(message)
  })

  test.each([
    ['a function that is missing', (rows: Settings) => rows.slice(1), /^Add llm-health with "type": "HTTP"/],
    ['an unknown function', (rows: Settings) => [...rows, { ...first(rows), name: 'mine' }], /^Remove mine from/],
    ['a path', (rows: Settings) => rows.map((row) => ({ ...row, path: '/x' })), /^Remove "path" from llm-health/],
    [
      'a timeout of an hour',
      (rows: Settings) => rows.map((row) => ({ ...row, timeout: 3600 })),
      /^Correct the timeout of llm-health/,
    ],
    [
      'a value that is not a string',
      (rows: Settings) => withValue(rows, 'MAX_BODY_BYTES', 5),
      /^Write MAX_BODY_BYTES of llm-health in quotes/,
    ],
    ['a reserved name', (rows: Settings) => withValue(rows, 'SCF_X', 'y'), /^Rename SCF_X of llm-health/],
  ])('rejects a cloudbaserc.json with %s', (...[, change, message]) => {
    const input = createInput(complete)
    expect(findings('problem', { ...input, settings: change([...input.settings]) })[0]).toMatch(message)
  })
})

describe('the preflight of .env', () => {
  test.each([
    ['CORS_ORIGIN', /^CORS_ORIGIN reaches no function and no tool\. Did you mean CORS_ORIGINS\?$/],
    ['GATEWAY_ADMIN_KEYS', /Did you mean GATEWAY_ADMIN_KEY\?$/],
    ['GATEWAY_AMDIN_KEY', /Did you mean GATEWAY_ADMIN_KEY\?$/],
    ['TENCENTCLOUD_SECRETIDS', /Did you mean TENCENTCLOUD_SECRETID\?$/],
    [
      'MODEL_PROVIDER_MAP',
      /^MODEL_PROVIDER_MAP reaches no function and no tool: cloudbaserc\.json does not pass it on/,
    ],
    ['MODEL_LIST', /^MODEL_LIST reaches no function/],
    ['USAGE_FILE', /^USAGE_FILE reaches no function/],
  ])('warns of %s, which nothing reads', (name, message) => {
    expect(findings('warning', withFile({ ...complete, [name]: 'x' }))).toEqual([expect.stringMatching(message)])
  })

  test.each(['GATEWAY_TOKEN', 'GATEWAY_DOMAIN', 'PROBE_TOKEN', 'TENCENTCLOUD_SESSIONTOKEN', 'MY_OWN'])(
    'accepts %s, which a tool or cloudbaserc.json reads',
    (name) => {
      expect(findings('warning', withFile({ ...complete, [name]: 'x' }))).toEqual([])
    },
  )
})

/** The input of the preflight if `.env` holds these variables and `cloudbaserc.json` passes `MY_OWN` on. */
const withFile = (variables: Record<string, string>): PreflightInput => {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-'))
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(folder, '.env'), `${lines.join('')}LEFT_BLANK=\n`)
  const text = readFileSync('cloudbaserc.json', 'utf8')
  writeFileSync(join(folder, 'cloudbaserc.json'), text.replace('"{{env.LOG_LEVEL}}"', '"{{ env.MY_OWN }}"'))
  const input = createInput(variables)
  const unread = findUnreadVariables(folder, input.modelKeys)
  rmSync(folder, { recursive: true })
  return { ...input, unread }
}

describe('the table of checks', () => {
  /** The printed lines, and the message of the error at the end. */
  const printLines = (variables: Record<string, string | undefined>): string[] => {
    const lines: string[] = []
    try {
      runPreflight(createInput(variables), (line) => lines.push(line))
    } catch (error) {
      lines.push((error as Error).message)
    }
    return lines
  }

  test('counts marks, not the lines below them', () => {
    const lines = printLines({ ...complete, CLOUDBASE_ENV_ID: undefined, TENCENTCLOUD_SECRETID: undefined })
    expect(lines.filter((line) => line.startsWith('✗'))).toHaveLength(1)
    expect(lines.at(-1)).toContain('found a problem, marked ✗')
    expect(printLines({}).at(-1)).toContain('found 2 problems')
  })

  test('reports an invalid environment id once', () => {
    const lines = printLines({ ...complete, CLOUDBASE_ENV_ID: 'a/b' })
    expect(lines.filter((line) => line.includes('CLOUDBASE_ENV_ID'))).toHaveLength(1)
  })
})

describe('the preflight of models by preset', () => {
  const bare = { GLM_API_KEY: undefined, DEEPSEEK_API_KEY: undefined }
  const presets = { qwen: { provider: 'qwen' }, deepseek: { provider: 'deepseek' } }

  test('accepts any one variable of the preset as the key', () => {
    const set = withModels({ glm: { provider: 'zhipu' } }, { ...bare, GLM_API_KEY: 'k' })
    expect([findings('problem', set), findings('warning', set)]).toEqual([[], []])
    const mixed = withModels(presets, { ...bare, DEEPSEEK_API_KEY: 'k' })
    expect(findings('problem', mixed)).toEqual([])
    expect(findings('warning', mixed)[0]).toMatch(/^DASHSCOPE_API_KEY or QWEN_API_KEY is not set/)
  })

  test('stops if no model has a key', () => {
    const names = 'DASHSCOPE_API_KEY, QWEN_API_KEY, DEEPSEEK_API_KEY'
    expect(findings('problem', withModels(presets, bare))[0]).toMatch(new RegExp(`^Set one of ${names}:`))
  })

  test.each([
    ['a key of its own', { api_base: 'https://a.example/v1', api_key: 'k' }],
    ['a base of its own and no key variable', { provider: 'deepseek', api_base: 'https://a.example/v1' }],
    ['a server that needs none', { provider: 'vllm', api_base: 'http://10.0.0.8/v1' }],
  ])('requires no key for a model with %s', (_, entry) => {
    const input = withModels({ entry }, bare)
    expect([findings('problem', input), findings('warning', input)]).toEqual([[], []])
  })

  test('finds a key in cloudbaserc.json itself', () => {
    const { settings, ...input } = withModels({ deepseek: { provider: 'deepseek' } }, bare)
    const given = settings.map((row) => ({ ...row, envVariables: { ...row.envVariables, DEEPSEEK_API_KEY: 'sk-1' } }))
    expect(findings('problem', { ...input, settings: given })).toEqual([])
    expect(findings('warning', { ...input, settings: given })).toEqual([])
  })

  test('ignores disabled models', () => {
    const input = withModels({ ...presets, qwen: { ...presets.qwen, enabled: false } }, { DEEPSEEK_API_KEY: 'k' })
    expect(findings('warning', input)).toEqual([])
  })
})

/** The input of the preflight if `model_map.json` holds these models. */
const withModels = (map: object, variables: Record<string, string | undefined>): PreflightInput => {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-'))
  writeFileSync(join(folder, 'model_map.json'), `\uFEFF${JSON.stringify(map)}`)
  const input = createInput({ ...complete, ...variables })
  const modelKeys = readModelKeys(folder, input.variables)
  rmSync(folder, { recursive: true })
  return { ...input, modelKeys }
}

type Settings = PreflightInput['settings'][number][]

const first = (rows: Settings): Settings[number] => rows[0] as Settings[number]

const withValue = (rows: Settings, name: string, value: unknown): Settings =>
  rows.map((row) => ({ ...row, envVariables: { ...row.envVariables, [name]: value } }))

describe('the model map', () => {
  const find = (map: object, variables: Record<string, string> = {}): string[] => {
    const folder = mkdtempSync(join(tmpdir(), 'models-'))
    writeFileSync(join(folder, 'model_map.json'), JSON.stringify(map))
    const mapFaults = findMapFaults(folder, { ...complete, ...variables })
    rmSync(folder, { recursive: true })
    return findings('warning', { ...createInput(complete), mapFaults })
  }
  const base = { api_base: 'https://a.example.com/v1' }

  test('gets a warning for each field, provider and value that the gateway cannot use', () => {
    const map = {
      a: { ...base, max_token: 5, colour: 'red' },
      b: { ...base, max_tokens: 'many' },
      c: { provider: 'deepsek' },
      d: { ...base, provider: 'kimmi' },
      e: { api_base: 'http://127.0.0.1/v1' },
      f: { ...base, api_key_env: 'MYSQL_PASSWORD' },
    }
    expect(find(map)).toEqual([
      expect.stringMatching(/^b: Its max_tokens must be a whole number/),
      expect.stringMatching(/^c: The provider 'deepsek' is not known .* Did you mean 'deepseek'\?/),
      expect.stringMatching(/^e: Its api_base is not https\./),
      expect.stringMatching(/^f: Its api_key_env does not name a provider key\./),
      'The gateway does not use the fields max_token (did you mean max_tokens?), colour.',
      expect.stringMatching(/^kimmi: No preset has this name, .* Did you mean 'kimi'\?/),
    ])
  })

  test('gets none for keys that are not set, for switched-off entries, and for http that is permitted', () => {
    expect(find({ a: { provider: 'groq' }, off: { enabled: 0, colour: 'red' } })).toEqual([])
    expect(find({ e: { api_base: 'http://127.0.0.1/v1' } }, { ALLOW_PRIVATE_UPSTREAMS: 'true' })).toEqual([])
  })
})

describe('the models on offer', () => {
  const find = (list: readonly string[]): string[] => {
    const folder = mkdtempSync(join(tmpdir(), 'models-'))
    writeFileSync(join(folder, 'model_map.json'), '{"a": {}, "b": {}, "off": {"enabled": false}}')
    writeFileSync(join(folder, 'model_list.json'), JSON.stringify(list))
    const unlistedModels = findUnlistedModels(folder)
    rmSync(folder, { recursive: true })
    return findings('warning', { ...createInput(complete), unlistedModels })
  }

  test('are named in a warning if the model map has them but the model list does not', () => {
    expect(find(['a'])).toEqual([expect.stringMatching(/^model_list\.json does not name b, .* 404/)])
  })

  test.each([[[]], [['a', 'b', 'off']]])('give no warning with the list %j', (list) => {
    expect(find(list)).toEqual([])
  })
})
