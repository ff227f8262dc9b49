import { readEnvironment } from '../../../../shared/gateway/config/environment.ts'
import { readServerVariables } from '../../../../shared/gateway/config/server-variables.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import { answersCors } from '../../routes/gateway-routes.ts'
import { findMissingKeys, getKeyVariables, hasNoKey } from '../../settings/model-keys.ts'
import { limitsUsers } from '../../sql/collections.ts'
import type { PreflightCheck, PreflightInput } from './preflight-check.ts'

const minAdminKeyLength = 16

/** CloudBase documentation, "HTTP access service: rate limits". */
const routeLimits = {
  GATEWAY_QPS_TOTAL: { fits: /^[1-9]\d{0,6}$/, must: 'must be a whole number above zero' },
  GATEWAY_QPS_PER_CLIENT: { fits: /^([12]?\d|30)$/, must: 'must be a whole number from 0 to 30' },
} as const

/** The variables, and what `cloudbaserc.json` itself gives to functions: a key may be written there. */
const mergeValues = (settings: PreflightInput['settings'], variables: Variables): Variables => {
  const given = settings.flatMap(({ envVariables }) => Object.entries(envVariables)).filter(isFilled)
  return { ...variables, ...Object.fromEntries(given) }
}

const isFilled = (entry: [string, unknown]): entry is [string, string] =>
  typeof entry[1] === 'string' && entry[1] !== ''

/** Whether the gateway can work with its variables. */
export const gatewayChecks: readonly PreflightCheck[] = [
  {
    name: 'every value is one that the gateway takes',
    level: 'problem',
    find: ({ variables }) =>
      [readServerVariables(variables), readEnvironment(variables)].flatMap(({ problems }) =>
        problems.map(({ variable, problem }) => `${variable} ${problem}.`),
      ),
  },
  {
    name: 'authentication is on',
    level: 'problem',
    find: ({ variables }) => {
      const { DISABLE_AUTH: disabled, AUTH_MODE: mode, ALLOW_INSECURE: confirmed } = readEnvironment(variables).values
      const switches = [disabled && 'DISABLE_AUTH', mode === 'disabled' && 'AUTH_MODE=disabled'].filter(Boolean)
      return confirmed
        ? []
        : switches.map((what) => `${what} is for development: deployed functions refuse it. Take it out of .env.`)
    },
  },
  {
    name: 'an answer may take no longer than its function',
    level: 'problem',
    find: ({ settings, variables }) => {
      const totalMs = readEnvironment(variables).values.UPSTREAM_TIMEOUT_TOTAL
      return settings
        .filter(({ name, timeout }) => name.endsWith('completions') && timeout * 1000 <= totalMs)
        .map(
          ({ name, timeout }) =>
            `Raise the timeout of ${name} (${timeout} s) above UPSTREAM_TIMEOUT_TOTAL (${totalMs} ms).`,
        )
    },
  },
  {
    name: 'the collection of usage records can be reached',
    level: 'problem',
    find: ({ variables }) =>
      variables['USAGE_STORE'] === 'collection' && !variables['CLOUDBASE_APIKEY']
        ? [
            'USAGE_STORE=collection needs CLOUDBASE_APIKEY (console: Environment > API Key), because HTTP functions get no credentials.',
          ]
        : [],
  },
  {
    name: 'usage records are kept where every function sees them',
    level: 'problem',
    find: ({ variables }) =>
      variables['USAGE_STORE'] === 'file'
        ? [
            'USAGE_STORE=file is for one machine: each instance would write a file of its own, which goes with it. Set it to collection or mysql.',
          ]
        : [],
  },
  {
    name: 'the limits of the routes are numbers that the platform takes',
    level: 'problem',
    find: ({ variables }) =>
      Object.entries(routeLimits).flatMap(([name, { fits, must }]) =>
        fits.test(variables[name] ?? '1') ? [] : [`${name} ${must}.`],
      ),
  },
  {
    name: 'limits of users hold for all instances together',
    level: 'warning',
    find: ({ variables }) =>
      limitsUsers(variables) && !['collection', 'mysql'].includes(variables['USAGE_STORE'] ?? '')
        ? [
            'RATE_LIMIT_PER_MINUTE and MAX_CONCURRENT_STREAMS hold for each instance by itself: set USAGE_STORE to collection or mysql.',
          ]
        : [],
  },
  {
    name: 'a model has its key',
    level: 'problem',
    find: ({ modelKeys, settings, variables }) =>
      hasNoKey(modelKeys, mergeValues(settings, variables))
        ? [`Set one of ${getKeyVariables(modelKeys).join(', ')}: model_map.json takes the models' keys from there.`]
        : [],
  },
  {
    name: 'every model has its key',
    level: 'warning',
    find: ({ modelKeys, settings, variables }) =>
      findMissingKeys(modelKeys, mergeValues(settings, variables)).map(
        ({ variables: names }) => `${names.join(' or ')} is not set: its models will be left out.`,
      ),
  },
  {
    name: 'keys reach the functions',
    level: 'problem',
    find: ({ modelKeys, settings, variables }) =>
      modelKeys.keys
        .map(({ variables: names }) => names.filter((name) => variables[name]))
        .filter((names) => !names.some((name) => settings.some(({ envVariables }) => name in envVariables)))
        .flatMap(([name]) => name ?? [])
        .map((name) => `Add "${name}": "{{env.${name}}}" to the functions in cloudbaserc.json (npm run docs does it).`),
  },
  {
    name: 'the admin key is set and long',
    level: 'warning',
    find: ({ variables: { GATEWAY_ADMIN_KEY: key = '' } }) =>
      key.length >= minAdminKeyLength
        ? []
        : [
            `Set GATEWAY_ADMIN_KEY to ${minAdminKeyLength} or more random characters, or POST /admin/reload stays closed or weak.`,
          ],
  },
  {
    name: 'usage is recorded',
    level: 'warning',
    find: ({ variables: { USAGE_STORE: store = 'none', BILLING_WEBHOOK_URL: webhook } }) =>
      store === 'none' && !webhook
        ? ['Neither USAGE_STORE nor BILLING_WEBHOOK_URL is set: nobody will know what users have used.']
        : [],
  },
  {
    name: 'web pages may call',
    level: 'warning',
    find: ({ variables }) =>
      answersCors(variables)
        ? []
        : [
            "Neither CORS_ORIGINS nor CORS_ALLOW_ALL is set: only the environment's safe domains can call from a browser.",
          ],
  },
]
