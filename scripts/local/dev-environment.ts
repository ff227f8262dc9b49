/** The address of the embedded model and the file of usage records. */
export interface DevOptions {
  /** Such as `http://127.0.0.1:49152`; the OpenAI-compatible API lies below `/v1`. */
  readonly modelUrl: string
  readonly apiKey: string
  readonly usageFile: string
}

/** The file of usage records of `npm run dev`, from the folder of the gateway. */
export const devUsageFile = '.local/usage.jsonl'

/** The files of the keys and wallets of `npm run dev`, beside that of the records. */
export const devRowFiles = ['.local/usage.keys.jsonl', '.local/usage.wallet.jsonl'] as const

const MODEL_VARIABLES = /^(MODEL_PROVIDER_MAP|MODEL_PROVIDER_MAP_FILE|MYSQL_.+|REMOTE_CONFIG_.+)$/

/** Returns the environment of the functions in development: the variables of the developer, and defaults for the
 *  rest. Serves the embedded model as `tiny` unless a variable names models. Authentication is off unless
 *  `DISABLE_AUTH` or `AUTH_MODE` is set. Calls of the embedded model have a wallet: those of a developer's own models are
 *  left as they are, because a wallet limits the tokens of a reply. Wallets in a database get no points of a day by themselves. */
export const createDevEnvironment = (environment: NodeJS.ProcessEnv, setting: DevOptions): NodeJS.ProcessEnv => {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const isTiny = !Object.keys(given).some((name) => MODEL_VARIABLES.test(name))
  const isFile = (given['USAGE_STORE'] ?? 'file') === 'file'
  const wallet = given['WALLET'] ?? (isTiny && isFile ? 'on' : 'off')
  return {
    ...environment,
    ...(given['AUTH_MODE'] === undefined && { DISABLE_AUTH: 'true' }),
    ...(isTiny && { MODEL_PROVIDER_MAP: createTinyMap(setting.modelUrl) }),
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    USAGE_STORE: 'file',
    USAGE_FILE: setting.usageFile,
    ...(wallet === 'on' && { WALLET: 'on', ...(isFile && { DAILY_POINTS: '10000' }) }),
    TINY_MODEL_API_KEY: setting.apiKey,
    ...given,
  }
}

/** The variables that {@link createDevEnvironment} may set. */
const devVariables = [
  'DISABLE_AUTH',
  'MODEL_PROVIDER_MAP',
  'ALLOW_PRIVATE_UPSTREAMS',
  'USAGE_STORE',
  'USAGE_FILE',
  'WALLET',
  'DAILY_POINTS',
  'TINY_MODEL_API_KEY',
] as const

/** Returns those variables of an environment in development that another command needs to see the same models and records. */
export const pickDevVariables = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(devVariables.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))

/** Prices of the embedded model, in yuan per million tokens. They are high, so that a short reply costs a few points. */
const prices = { input_price_per_1m: 200, output_price_per_1m: 400 }

const createTinyMap = (modelUrl: string): string =>
  JSON.stringify({
    tiny: { provider: 'openai', api_base: `${modelUrl}/v1`, api_key_env: 'TINY_MODEL_API_KEY', ...prices },
  })
