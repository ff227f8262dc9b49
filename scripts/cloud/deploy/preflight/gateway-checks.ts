import { canBeSent } from '../../../../shared/auth/admin-key.ts'
import { readEnvironment } from '../../../../shared/gateway/config/variables/environment.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import { listRejectedValues } from '../../../variables/rejected-values.ts'
import { answersCors } from '../../routes/gateway-routes.ts'
import { findMissingKeys, getKeyVariables, hasNoKey } from '../../settings/model-keys.ts'
import { findUnknownValues, listValues } from '../../settings/select-functions.ts'
import { limitsUsers } from '../../sql/collections.ts'
import type { PreflightCheck, PreflightInput } from './preflight-check.ts'

const minAdminKeyLength = 16

/** CloudBase documentation, "HTTP access service: rate limits". */
const routeLimits = {
  GATEWAY_QPS_TOTAL: { fits: /^[1-9]\d{0,6}$/, must: 'must be a whole number above zero' },
  GATEWAY_QPS_PER_CLIENT: { fits: /^([12]?\d|30)$/, must: 'must be a whole number from 0 to 30' },
} as const

/** The functions that call models. */
const relays = /-(completions|embeddings|rerank|messages|responses)$/

/** The variables, and the values that `cloudbaserc.json` itself gives to functions: a key may stand there. */
const mergeValues = (settings: PreflightInput['settings'], variables: Variables): Variables => {
  const given = settings.flatMap(({ envVariables }) => Object.entries(envVariables)).filter(isFilled)
  return { ...variables, ...Object.fromEntries(given) }
}

const isFilled = (entry: [string, unknown]): entry is [string, string] =>
  typeof entry[1] === 'string' && entry[1] !== ''

/** Checks that the gateway can work with its variables. */
export const gatewayChecks: readonly PreflightCheck[] = [
  {
    name: 'the gateway accepts every value',
    level: 'problem',
    find: ({ variables }) => listRejectedValues(variables).map(({ name, must }) => `${name} ${must}.`),
  },
  {
    name: 'GATEWAY_FUNCTIONS names functions that there are',
    level: 'problem',
    find: ({ variables, functions }) => {
      const unknown = findUnknownValues('GATEWAY_FUNCTIONS', functions, variables)
      if (unknown.length === 0) return []
      const known = listValues('GATEWAY_FUNCTIONS', functions).join(', ')
      return [`GATEWAY_FUNCTIONS has ${unknown.join(', ')}. It can name ${known}, separated by commas.`]
    },
  },
  {
    name: 'authentication is on',
    level: 'problem',
    find: ({ variables }) => {
      const { DISABLE_AUTH: disabled, AUTH_MODE: mode, ALLOW_INSECURE: confirmed } = readEnvironment(variables).values
      const switches = [disabled && 'DISABLE_AUTH', mode === 'disabled' && 'AUTH_MODE=disabled'].filter(Boolean)
      return confirmed
        ? []
        : switches.map(
            (name) => `${name} is for development; deployed functions refuse to start with it. Remove it from .env.`,
          )
    },
  },
  {
    name: 'the timeout of a reply is shorter than that of its function',
    level: 'problem',
    find: ({ settings, variables }) => {
      const totalMs = readEnvironment(variables).values.UPSTREAM_TIMEOUT_TOTAL
      return settings
        .filter(({ name, timeout }) => relays.test(name) && timeout * 1000 <= totalMs)
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
      ['collection', 'rdb'].includes(variables['USAGE_STORE'] ?? '') && !variables['CLOUDBASE_APIKEY']
        ? [
            'USAGE_STORE=collection and rdb need CLOUDBASE_APIKEY (console: Environment > API Key), because the platform gives HTTP functions no credentials.',
          ]
        : [],
  },
  {
    name: 'usage records are in a store that all functions share',
    level: 'problem',
    find: ({ variables }) =>
      variables['USAGE_STORE'] === 'file'
        ? [
            'USAGE_STORE=file is for one machine: each instance would write its own file and lose it at its end. Set it to collection, mysql or rdb.',
          ]
        : [],
  },
  {
    name: 'keys of users can be stored and checked',
    level: 'problem',
    find: ({ variables }) => {
      const { USAGE_STORE: store, AUTH_STATE_CHECK: check } = readEnvironment(variables).values
      if (variables['KEYS'] !== 'on') return []
      return [
        ...(['collection', 'mysql', 'rdb'].includes(store)
          ? []
          : ['KEYS=on needs USAGE_STORE=collection, mysql or rdb, which holds the keys.']),
        ...(check === 'off' || variables['CLOUDBASE_APIKEY']
          ? []
          : ['KEYS=on needs CLOUDBASE_APIKEY, by which the accounts of owners are checked, or AUTH_STATE_CHECK=off.']),
      ]
    },
  },
  {
    name: 'routes let keys of users pass',
    level: 'warning',
    find: ({ variables }) =>
      variables['KEYS'] === 'on' && variables['AUTH_MODE'] === 'gateway'
        ? ['AUTH_MODE=gateway needs routes with authentication, which refuse keys (sk-…) before a function sees them.']
        : [],
  },
  {
    name: 'the platform accepts the rate limits of the routes',
    level: 'problem',
    find: ({ variables }) =>
      Object.entries(routeLimits).flatMap(([name, { fits, must }]) =>
        fits.test(variables[name] ?? '1') ? [] : [`${name} ${must}.`],
      ),
  },
  {
    name: 'limits of users apply to all instances together',
    level: 'warning',
    find: ({ variables }) =>
      limitsUsers(variables) && !['collection', 'mysql', 'rdb'].includes(variables['USAGE_STORE'] ?? '')
        ? [
            'RATE_LIMIT_PER_MINUTE and MAX_CONCURRENT_STREAMS apply to each instance separately. Set USAGE_STORE to collection, mysql or rdb.',
          ]
        : [],
  },
  {
    name: 'a model has its key',
    level: 'problem',
    find: ({ modelKeys, settings, variables }) =>
      hasNoKey(modelKeys, mergeValues(settings, variables))
        ? [
            `Set one of ${getKeyVariables(modelKeys).join(', ')}: model_map.json reads the keys of the models from these variables.`,
          ]
        : [],
  },
  {
    name: 'every model has its key',
    level: 'warning',
    find: ({ modelKeys, settings, variables }) =>
      findMissingKeys(modelKeys, mergeValues(settings, variables)).map(
        ({ variables: names }) => `${names.join(' or ')} is not set, so its models will be left out.`,
      ),
  },
  {
    name: 'the gateway understands model_map.json',
    level: 'warning',
    find: ({ mapFaults }) => mapFaults,
  },
  {
    name: 'every model is offered',
    level: 'warning',
    find: ({ unlistedModels }) =>
      unlistedModels.length === 0
        ? []
        : [
            `model_list.json does not name ${unlistedModels.join(', ')}, so calls for them get a 404. Add them, or set the file to [], which offers every model.`,
          ],
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
    name: 'the admin key can be sent',
    level: 'warning',
    find: ({ variables: { GATEWAY_ADMIN_KEY: key = '' } }) =>
      canBeSent(key.trim())
        ? []
        : ['GATEWAY_ADMIN_KEY has characters that no request header can carry: use ASCII letters, digits and signs.'],
  },
  {
    name: 'usage is recorded',
    level: 'warning',
    find: ({ variables: { USAGE_STORE: store = 'none', BILLING_WEBHOOK_URL: webhook } }) =>
      store === 'none' && !webhook
        ? ['Neither USAGE_STORE nor BILLING_WEBHOOK_URL is set: the usage of users will not be recorded.']
        : [],
  },
  {
    name: 'web pages may call',
    level: 'warning',
    find: ({ variables }) =>
      answersCors(variables)
        ? []
        : [
            "Neither CORS_ORIGINS nor CORS_ALLOW_ALL allows a page: only the environment's safe domains can call from a browser.",
          ],
  },
]
