import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { createAdmit } from '../../shared/gateway/call/admit.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { createHealthDetail } from '../../shared/gateway/health/health-detail.ts'
import { createRegistry } from '../../shared/models/registry.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'

const paid = { api_base: 'https://a.example.com/v1', api_key: 'k', input_price_per_1m: '1', output_price_per_1m: '2' }
const free = { ...paid, input_price_per_1m: '0', output_price_per_1m: '0' }

const common = {
  // No database listens there: what this file looks at needs none.
  ...{ LOG_LEVEL: 'error', USAGE_STORE: 'mysql', MYSQL_DSN: 'mysql://user:password@127.0.0.1:1/none' },
  ...{ REMOTE_CONFIG_SOURCE: 'none', CLOUDBASE_ENV_ID: 'env-1' },
  MODEL_PROVIDER_MAP: JSON.stringify({ paid, free }),
}

const defineQuotas = (...quotas: object[]): Record<string, string> => ({
  QUOTAS: JSON.stringify(
    quotas.map((fields, index) => ({
      ...{ name: `q${index}`, unit: 'requests', window: 'day', per: 'environment', limit: 5 },
      ...fields,
    })),
  ),
})

/** Creates the admission of calls as a function does at its start. Returns the lines that it logs. */
const startAdmission = (environment: Record<string, string>): LogLine[] => {
  const { log, lines } = captureLog()
  const config = readConfig(environment)
  createAdmit(config, log, createRegistry({ ...config.models, log: () => undefined }))
  return lines
}

/** Waits for a line of the log. Without one, the test ends by its timeout. */
const waitForLine = async (lines: readonly LogLine[], isMeant: (line: LogLine) => boolean): Promise<void> => {
  while (!lines.some(isMeant)) await sleep(5)
}

const off = { DISABLE_AUTH: 'true' }

/** Settings of which something cannot be enforced, and what health says. If calls are admitted, the log says the same at start. */
const settings: readonly (readonly [
  name: string,
  environment: Record<string, string>,
  problem: string,
  logged: boolean,
])[] = [
  ['wallets without users', { ...off, WALLET: 'on' }, 'WALLET=on charges no call, because authentication is off', true],
  [
    'a quota of users without users',
    { ...off, ...defineQuotas({ per: 'user' }) },
    "The quota 'q0' counts no call",
    true,
  ],
  [
    'a quota of groups without users',
    { ...off, ...defineQuotas({ per: 'group' }) },
    "The quota 'q0' counts no call",
    true,
  ],
  [
    'a quota for some groups without users',
    { ...off, ...defineQuotas({ groups: ['vip'] }) },
    "The quota 'q0' counts no call",
    true,
  ],
  [
    'a quota of an unknown model',
    defineQuotas({ models: ['gone'] }),
    "The quota 'q0' names the model 'gone', which does not exist.",
    true,
  ],
  [
    'a quota of points of free models',
    defineQuotas({ unit: 'points', models: ['free'] }),
    "The quota 'q0' counts points, and its models cost none",
    true,
  ],
  ['a quota of keys without keys', defineQuotas({ per: 'key' }), "A quota with 'per' key needs KEYS=on", true],
  ['quotas that are no JSON', { QUOTAS: 'many' }, 'QUOTAS is no JSON array of quotas', true],
  [
    'quotas of a file that is missing',
    { QUOTAS_FILE: 'no-such-file.json' },
    'QUOTAS_FILE names a file that cannot be read',
    true,
  ],
  [
    'quotas without a store',
    { ...defineQuotas({}), USAGE_STORE: 'none' },
    'QUOTAS needs USAGE_STORE=collection, mysql or rdb',
    true,
  ],
  [
    'wallets without a store',
    { WALLET: 'on', USAGE_STORE: 'none' },
    'WALLET=on needs USAGE_STORE=collection, mysql or rdb. Until then calls that cost points get a 503.',
    false,
  ],
  [
    'points of days without wallets',
    { DAILY_POINTS: '100' },
    'DAILY_POINTS grants nothing, because WALLET is not on.',
    false,
  ],
  [
    'a misspelled switch of wallets',
    { WALLET: 'true' },
    'WALLET must be on or off. Until then calls that cost points get a 503.',
    false,
  ],
  ['points of days that are no number', { WALLET: 'on', DAILY_POINTS: 'many' }, 'DAILY_POINTS', false],
  [
    'a price that is no number',
    { WALLET: 'on', POINTS_PER_YUAN: 'many' },
    'POINTS_PER_YUAN must be a decimal number',
    false,
  ],
]

describe('settings about money that cannot be enforced', () => {
  test.each(settings)(
    'are a problem in health, and in the log at start: %s (R97)',
    async (_, given, problem, isLogged) => {
      const environment = { ...common, ...given }
      const { problems, status } = await createHealthDetail(environment)()
      expect([status, problems.filter((text) => text.startsWith(problem))]).toEqual(['degraded', [expect.any(String)]])
      const lines = startAdmission(environment)
      if (isLogged) await waitForLine(lines, ({ fields }) => String(fields['help']).startsWith(problem))
    },
  )
})

test('wallets in a file are no problem without users', async () => {
  const { problems } = await createHealthDetail({ ...common, ...off, WALLET: 'on', USAGE_STORE: 'file' })()
  expect(problems.filter((text) => text.startsWith('WALLET'))).toEqual([])
})

describe('models that cost no points', () => {
  const isNamed = ({ event }: LogLine): boolean => event === 'models_free'

  test.each([
    ['a wallet', { WALLET: 'on' }],
    ['a quota of points', defineQuotas({ unit: 'points' })],
    ['a wallet and a quota of points', { WALLET: 'on', ...defineQuotas({ unit: 'points' }) }],
  ])('are named once at start, and in health, with %s', async (_, given) => {
    const lines = startAdmission({ ...common, ...given })
    await waitForLine(lines, isNamed)
    await sleep(50)
    expect(lines.filter(isNamed)).toEqual([{ level: 'warn', event: 'models_free', fields: { models: 'free' } }])
    const { wallet } = await createHealthDetail({ ...common, ...given })()
    expect(wallet.free_models).toEqual(['free'])
  })

  test('are not named if nothing counts points', async () => {
    const lines = startAdmission({ ...common, ...defineQuotas({ unit: 'tokens', models: ['gone'] }) })
    await waitForLine(lines, ({ event }) => event === 'not_enforced')
    expect(lines.filter(isNamed)).toEqual([])
    expect((await createHealthDetail(common)()).wallet).toEqual({ state: 'off', free_models: [] })
  })
})
