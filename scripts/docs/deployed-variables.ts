import { foldersWithoutModels, getKeyVariables, readModelKeys } from '../cloud/settings/model-keys.ts'
import type { InEachLanguage } from '../language.ts'
import { toolVariables } from '../variables/tool-variables.ts'
import type { VariableName, variableTables } from '../variables/variable-tables.ts'
import { type VariableDoc, variableDocs } from './variable-docs.ts'
import { chineseTexts } from './variables.zh.ts'

/** The files of the tables of variables. */
const files: Readonly<Record<keyof typeof variableTables, string>> = {
  serverVariables: 'server-variables.ts',
  environmentSchema: 'environment.ts',
  moderationVariables: 'moderation-variables.ts',
  keysVariables: 'keys-variables.ts',
  alertVariables: 'alert-variables.ts',
}

/** Every variable that the gateway reads; those of the HTTP server first. */
export const gatewayDocs = (): VariableDoc[] =>
  Object.entries(files).flatMap(([table, file]) => variableDocs(`shared/gateway/config/variables/${file}`, table))

/** Variables without effect on the platform, variables that the platform sets, and variables whose value may be JSON, which the CLI
 *  corrupts; and the two files, whose names are fixed. The key pair that deploys must reach no function. */
const undeployed = [
  'TENCENTCLOUD_SECRETID',
  'TENCENTCLOUD_SECRETKEY',
  'TENCENTCLOUD_SESSIONTOKEN',
  'HOST',
  'PORT',
  'MODEL_LIST',
  'MODEL_LIST_FILE',
  'MODEL_PROVIDER_MAP',
  'MODEL_PROVIDER_MAP_FILE',
  'USAGE_FILE',
]

/** The variables that may hold the keys of the models in `model_map.json`. */
const modelKeyVariables = (): string[] => getKeyVariables(readModelKeys('.', {}))

/** Variables that only some functions read, by purpose. */
const groups = {
  authentication: /^(AUTH|CLOUDBASE_AUTH|DENIED)_|^ALLOW_(ANONYMOUS|INSECURE)$|^DISABLE_AUTH$/,
  tickets: /^TICKET_/,
  administrator: /^GATEWAY_ADMIN_KEY$/,
  pages: /^CORS_/,
  bodies: /^MAX_BODY_BYTES$/,
  map: /^(CONFIG|REMOTE_CONFIG)_/,
  addresses: /^ALLOW_PRIVATE_UPSTREAMS$/,
  calls: /^(UPSTREAM_TIMEOUT|STREAM|USER|RATE)_|^MAX_(CHOICES|PROMPTS|CONCURRENT)/,
  store: /^USAGE_(STORE|COLLECTION|TABLE)$/,
  recording: /^USAGE_(DURABILITY|FAIL_OPEN|PROGRESS)/,
  charges: /^POINTS_/,
  delivery: /^BILLING_/,
  alerts: /^ALERT_/,
  wallets: /^(WALLET|DAILY_POINTS)$/,
  quotas: /^QUOTAS/,
  moderation: /^(MODERATION|TMS|WECHAT)/,
  keys: /^KEYS|^CLIENT_ADDRESS_HEADER$/,
  tracing: /^TRACING_/,
} as const

type Group = keyof typeof groups

/** The groups that a function reads, by the name of its folder. Functions that call models read all. */
const readBy: Readonly<Record<string, readonly Group[]>> = {
  health: [
    'administrator',
    'pages',
    'map',
    'addresses',
    'store',
    'charges',
    'wallets',
    'quotas',
    'moderation',
    'alerts',
  ],
  models: ['authentication', 'tickets', 'administrator', 'pages', 'map', 'addresses', 'store', 'keys'],
  usage: ['authentication', 'tickets', 'administrator', 'pages', 'store', 'keys', 'tracing'],
  keys: ['authentication', 'tickets', 'administrator', 'pages', 'bodies', 'store', 'keys', 'tracing'],
  wallet: ['authentication', 'tickets', 'administrator', 'pages', 'bodies', 'store', 'wallets', 'keys', 'tracing'],
  'admin-reload': ['administrator', 'bodies', 'map', 'addresses'],
  'config-reload': ['map', 'addresses'],
  'usage-flush': ['store', 'charges', 'delivery', 'wallets', 'alerts', 'addresses'],
  ticket: ['tickets'],
}

const allGroups = Object.keys(groups) as Group[]

/** The credentials of the gateway, which most functions need. Users invoke `llm-ticket` themselves, so it has none. */
const credentials = /^(MYSQL_|CLOUDBASE_APIKEY$)/
const foldersWithoutCredentials: readonly string[] = ['ticket']

const isRead = (name: string, folder: string): boolean =>
  !(credentials.test(name) && foldersWithoutCredentials.includes(folder)) &&
  allGroups.every((group) => !groups[group].test(name) || (readBy[folder] ?? allGroups).includes(group))

/** The variables that a function is deployed with, by the name of its folder. */
export const deployedVariables = (folder: string): string[] => {
  const names = gatewayDocs()
    .map(({ name }) => name)
    .filter((name) => !undeployed.includes(name) && isRead(name, folder))
  return foldersWithoutModels.includes(folder) ? names : [...names, ...modelKeyVariables()]
}

/** A variable of `.env.example`. */
interface ExampleVariable {
  readonly name: string
  readonly text: InEachLanguage<string>
}

/** The key variables of the models, each with a text. */
const modelKeys = (): ExampleVariable[] => {
  const modelKeys = readModelKeys('.', {})
  return getKeyVariables(modelKeys).map((name) => {
    const names = modelKeys.keys.map(({ variables }) => variables).find((names) => names.includes(name)) ?? []
    const others = names.filter((other) => other !== name)
    const en = `Key of models in model_map.json${others.length > 0 ? `; or set ${others.join(' or ')}` : ''}.`
    const zh = `model_map.json 中模型的密钥${others.length > 0 ? `；也可改设 ${others.join(' 或 ')}` : ''}。`
    return { name, text: { en, zh } }
  })
}

/** Every variable of `.env.example`, in order. */
export const exampleVariables = (): ExampleVariable[] => {
  const isFirst = ({ name }: { name: string }): boolean => ['CLOUDBASE_ENV_ID', 'CLOUDBASE_REGION'].includes(name)
  const read = gatewayDocs()
    .filter(({ name }) => !undeployed.includes(name))
    .map(({ name, english }) => ({ name, text: { en: english, zh: chineseTexts[name as VariableName] } }))
  return [...read.filter(isFirst), ...toolVariables, ...modelKeys(), ...read.filter((variable) => !isFirst(variable))]
}
