import { readEnvironment } from '../../shared/gateway/environment.ts'
import { isObject, parseJson } from '../../shared/protocol/json.ts'
import type { FunctionSettings } from '../cloud/cloudbaserc.ts'
import { limitsUsers } from '../cloud/collections.ts'
import { accessVariables } from '../cloud/connect.ts'
import type { ModelKeys } from '../cloud/model-keys.ts'
import type { Variables } from '../cloud/variables.ts'
import type { CloudFunction } from '../functions.ts'

/** What is looked at before anything is sent. */
export interface PreflightInput {
  readonly settings: readonly FunctionSettings[]
  readonly functions: readonly CloudFunction[]
  readonly variables: Variables
  readonly modelKeys: ModelKeys
}

/** One check: what it found wrong, each with what to do about it. A `warning` lets the deployment go on. */
export interface PreflightCheck {
  readonly name: string
  readonly level: 'problem' | 'warning'
  readonly find: (input: PreflightInput) => readonly string[]
}

/** SCF documentation, "Limits": the environment of one function, names and values. */
const maxEnvironmentBytes = 4096
const longestTimeoutSeconds = 900
const shortestAdminKey = 16
const reservedPrefix = /^(TENCENTCLOUD_|SCF_|QCLOUD_|_SCF_|TCB_)/

/** CloudBase documentation, "HTTP access service: rate limits". */
const routeLimits: Readonly<Record<string, (value: string) => boolean>> = {
  GATEWAY_QPS_TOTAL: (value) => /^[1-9]\d{0,6}$/.test(value),
  GATEWAY_QPS_PER_CLIENT: (value) => /^\d{1,2}$/.test(value) && Number(value) <= 30,
}

/** Every check, in the order in which they are shown. */
export const preflightChecks: readonly PreflightCheck[] = [
  {
    name: 'environment id and key pair are there',
    level: 'problem',
    find: ({ variables }) => accessVariables.filter((name) => !variables[name]).map((name) => `Set ${name} in .env.`),
  },
  {
    name: 'environment id is one',
    level: 'problem',
    find: ({ variables: { CLOUDBASE_ENV_ID: id } }) =>
      id === undefined || /^[a-z0-9][a-z0-9-]{1,62}$/i.test(id)
        ? []
        : ['CLOUDBASE_ENV_ID may hold letters, digits and hyphens only.'],
  },
  {
    name: 'cloudbaserc.json has the functions of this version',
    level: 'problem',
    find: ({ settings, functions }) => [
      ...functions
        .filter((row) => !settings.some(({ name, type }) => name === row.name && type === row.kind))
        .map(({ name, kind }) => `Add ${name} with "type": "${kind}" to cloudbaserc.json.`),
      ...settings
        .filter(({ name }) => !functions.some((row) => row.name === name))
        .map(({ name }) => `Take ${name} out of cloudbaserc.json: it is no function of the gateway.`),
    ],
  },
  {
    name: 'timeouts are 1 to 900 seconds',
    level: 'problem',
    find: ({ settings }) =>
      settings
        .filter(({ timeout }) => !Number.isInteger(timeout) || timeout < 1 || timeout > longestTimeoutSeconds)
        .map(({ name }) => `Correct the timeout of ${name} in cloudbaserc.json.`),
  },
  {
    name: 'no function has a "path", which would make a route for Event functions',
    level: 'problem',
    find: ({ settings }) =>
      settings
        .filter((row) => 'path' in row)
        .map(({ name }) => `Take "path" from ${name} in cloudbaserc.json: npm run deploy makes the routes.`),
  },
  {
    name: 'environment values are strings',
    level: 'problem',
    find: ({ settings }) =>
      eachValue(settings)
        .filter(({ value }) => typeof value !== 'string')
        .map(({ name, owner }) => `Write ${name} of ${owner} in quotes in cloudbaserc.json.`),
  },
  {
    name: 'no JSON in the environment',
    level: 'problem',
    find: ({ settings }) =>
      unique(
        eachValue(settings)
          .filter(({ value }) => typeof value === 'string' && holdsJson(value))
          .map(
            ({ name }) =>
              `${name} holds JSON or quotes, which the CLI garbles. Put models into model_map.json and model_list.json.`,
          ),
      ),
  },
  {
    name: 'no reserved names in the environment',
    level: 'problem',
    find: ({ settings }) =>
      eachValue(settings)
        .filter(({ name }) => reservedPrefix.test(name))
        .map(({ name, owner }) => `Rename ${name} of ${owner}: the platform keeps names like this for itself.`),
  },
  {
    name: 'environments are at most 4 KB',
    level: 'problem',
    find: ({ settings }) =>
      settings
        .map((row) => ({ name: row.name, bytes: environmentBytes(row), largest: largestVariable(row) }))
        .filter(({ bytes }) => bytes > maxEnvironmentBytes)
        .map(
          ({ name, bytes, largest }) =>
            `The environment of ${name} has ${bytes} bytes. The largest value is ${largest}: shorten it.`,
        ),
  },
  {
    name: 'every value is one that the gateway takes',
    level: 'problem',
    find: ({ variables }) =>
      readEnvironment(variables).problems.map(({ variable, problem }) => `${variable} ${problem}.`),
  },
  {
    name: 'authentication is on',
    level: 'problem',
    find: ({ variables }) =>
      isYes(variables['DISABLE_AUTH']) && !isYes(variables['ALLOW_INSECURE'])
        ? ['DISABLE_AUTH is for development: deployed functions refuse it. Take it out of .env.']
        : [],
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
    name: 'the limits of the routes are numbers that the platform takes',
    level: 'problem',
    find: ({ variables }) =>
      Object.entries(routeLimits)
        .filter(([name, fits]) => variables[name] !== undefined && !fits(variables[name]))
        .map(([name]) => `Correct ${name}: .env.example says what it may be.`),
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
    find: ({ modelKeys, variables }) =>
      modelKeys.variables.length > 0 && modelKeys.variables.every((name) => !variables[name]) && !modelKeys.elsewhere
        ? [`Set one of ${modelKeys.variables.join(', ')}: model_map.json takes the models' keys from there.`]
        : [],
  },
  {
    name: 'every model has its key',
    level: 'warning',
    find: ({ modelKeys, variables }) =>
      modelKeys.variables
        .filter((name) => !variables[name])
        .map((name) => `${name} is not set: its models will be left out.`),
  },
  {
    name: 'keys reach the functions',
    level: 'problem',
    find: ({ modelKeys, settings, variables }) =>
      modelKeys.variables
        .filter((name) => variables[name] && !settings.some(({ envVariables }) => name in envVariables))
        .map((name) => `Add "${name}": "{{env.${name}}}" to the functions in cloudbaserc.json (npm run docs does it).`),
  },
  {
    name: 'the admin key is set and long',
    level: 'warning',
    find: ({ variables: { GATEWAY_ADMIN_KEY: key = '' } }) =>
      key.length >= shortestAdminKey
        ? []
        : [
            `Set GATEWAY_ADMIN_KEY to ${shortestAdminKey} or more random characters, or POST /admin/reload stays closed or weak.`,
          ],
  },
  {
    name: 'web pages may call',
    level: 'warning',
    find: ({ variables }) =>
      variables['CORS_ORIGINS'] || isYes(variables['CORS_ALLOW_ALL'])
        ? []
        : [
            "Neither CORS_ORIGINS nor CORS_ALLOW_ALL is set: only the environment's safe domains can call from a browser.",
          ],
  },
]

interface EnvironmentValue {
  readonly owner: string
  readonly name: string
  readonly value: unknown
}

const eachValue = (settings: readonly FunctionSettings[]): EnvironmentValue[] =>
  settings.flatMap(({ name: owner, envVariables }) =>
    Object.entries(envVariables).map(([name, value]) => ({ owner, name, value })),
  )

const holdsJson = (value: string): boolean => {
  const parsed = parseJson(value)
  return value.includes('"') || Array.isArray(parsed) || isObject(parsed)
}

const bytesOf = (name: string, value: unknown): number => Buffer.byteLength(name) + Buffer.byteLength(String(value))

const environmentBytes = ({ envVariables }: FunctionSettings): number =>
  Object.entries(envVariables).reduce((sum, [name, value]) => sum + bytesOf(name, value), 0)

const largestVariable = ({ envVariables }: FunctionSettings): string =>
  Object.entries(envVariables).sort(([, one], [, other]) => bytesOf('', other) - bytesOf('', one))[0]?.[0] ?? ''

const isYes = (value = ''): boolean => /^(1|true|yes|on)$/i.test(value)

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
