import { readModelKeys } from '../cloud/model-keys.ts'
import { type VariableDoc, variableDocs } from './variable-docs.ts'

/** Every variable that the gateway reads, those of the edge first. */
export const gatewayDocs = (): VariableDoc[] => [
  ...variableDocs('shared/gateway/edge-variables.ts', 'edgeVariables'),
  ...variableDocs('shared/gateway/environment.ts', 'environmentSchema'),
]

/** Variables that mean nothing on the platform, that it sets itself, or whose value may be JSON, which the CLI garbles; and the two
 *  files, whose names are fixed. The key pair that deploys must reach no function. */
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

/** The variables that hold the keys of the models in `model_map.json`. */
const modelKeyVariables = (): readonly string[] => readModelKeys('.', {}).variables

/** Variables that a function has no use for, so that it does not get them. */
const useless: Readonly<Record<string, RegExp>> = {
  health:
    /^(BILLING|POINTS|UPSTREAM|AUTH|ALLOW|STREAM|USER|DENIED|RATE|TRACING)_|^USAGE_(DUR|FAIL|PRO)|^DISABLE_AUTH|^MAX_[CP]/,
  models: /^(BILLING|USAGE|POINTS|UPSTREAM|RATE|TRACING)_|^MAX_[CP]/,
  'admin-reload': /^(BILLING|USAGE|POINTS|UPSTREAM|CORS|RATE|TRACING)_|^MAX_[CP]/,
  'config-reload': /^(BILLING|USAGE|POINTS|UPSTREAM|CORS|RATE|MAX|TRACING)_/,
  usage: /^(BILLING|UPSTREAM|CONFIG|REMOTE|RATE)_|^MAX_[CP]/,
  'usage-flush': /^(UPSTREAM|CORS|AUTH|CONFIG|REMOTE|RATE|MAX|TRACING)_|^GATEWAY_ADMIN_KEY|^ALLOW_|^DISABLE_AUTH/,
}

const withoutModels = ['usage', 'usage-flush']

/** The variables that a function is deployed with, by the name of its folder. */
export const deployedVariables = (folder: string): string[] => {
  const names = gatewayDocs()
    .map(({ name }) => name)
    .filter((name) => !undeployed.includes(name) && !useless[folder]?.test(name))
  return withoutModels.includes(folder) ? names : [...names, ...modelKeyVariables()]
}

/** The variables that only `npm run deploy` and its kin read. */
const deployDocs: readonly Pick<VariableDoc, 'name' | 'english'>[] = [
  {
    name: 'TENCENTCLOUD_SECRETID',
    english: 'Key pair that deploys (console: Access Management > API Keys); no function gets it.',
  },
  { name: 'TENCENTCLOUD_SECRETKEY', english: 'Its secret half.' },
  {
    name: 'GATEWAY_DOMAIN',
    english: "Domain of the HTTP access service to deploy to; unset, the environment's default one.",
  },
  {
    name: 'GATEWAY_QPS_TOTAL',
    english: "The platform's own limit of each route, in requests a second; unset, routes keep what they have.",
  },
  {
    name: 'GATEWAY_QPS_PER_CLIENT',
    english: 'The same for each address that calls, 0 to 30.',
  },
]

/** The keys of the models, with what they are. */
const modelKeyDocs = (): Pick<VariableDoc, 'name' | 'english'>[] =>
  modelKeyVariables().map((name) => ({ name, english: 'Key of models in model_map.json.' }))

/** Every variable of `.env.example`, in order. */
export const exampleDocs = (): Pick<VariableDoc, 'name' | 'english'>[] => {
  const isFirst = ({ name }: { name: string }): boolean => ['CLOUDBASE_ENV_ID', 'CLOUDBASE_REGION'].includes(name)
  const docs = gatewayDocs().filter(({ name }) => !undeployed.includes(name))
  return [...docs.filter(isFirst), ...deployDocs, ...modelKeyDocs(), ...docs.filter((doc) => !isFirst(doc))]
}
