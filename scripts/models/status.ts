import type { ModelHealth, TargetHealth, TargetsHealth } from '../../shared/gateway/health/target-health.ts'
import { isObject } from '../../shared/runtime/json.ts'
import type { Variables } from '../variables/read-variables.ts'

/** The things that the command works with. */
export interface StatusTools {
  readonly variables: Variables
  readonly print: (line: string) => void
}

/** The longest wait for the gateway, in milliseconds. */
const timeoutMs = 15_000

/** Prints the targets of a gateway's models: which rest, for how long, and why.
 *  @param url the gateway's address, such as `http://127.0.0.1:3000`
 *  @throws TypeError if the gateway cannot be read */
export const printStatus = async ({ variables, print }: StatusTools, url: string): Promise<boolean> => {
  const { models, rests } = await readTargets(url, variables['GATEWAY_ADMIN_KEY'])
  for (const line of models.flatMap(formatModel)) print(line)
  if (models.length === 0) print('No model has several targets or max_concurrency.')
  else if (rests !== 'store') print(noRests[rests])
  return models.every(({ targets }) => targets.some(({ rest }) => rest === null))
}

const noRests = {
  none: 'The functions share no store (USAGE_STORE), so the rests are in their logs only: target_rests.',
  unreachable: 'The store of the rests cannot be read at the moment.',
} as const

const readTargets = async (url: string, key: string | undefined): Promise<TargetsHealth> => {
  if (!URL.canParse(url)) throw new TypeError(`'${url}' is no address. It looks like https://example.com.`)
  if (!key) throw new TypeError('GATEWAY_ADMIN_KEY is not set. The targets are shown to its holder only.')
  const reply = await fetch(`${url.replace(/\/+$/, '')}/health`, {
    headers: { 'x-gateway-key': key },
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    throw new TypeError(`${url} cannot be reached. Check the address.`, { cause })
  })
  const health: unknown = await reply.json().catch(() => undefined)
  if (reply.ok && hasTargets(health)) return health.targets
  if (reply.status === 401 || reply.status === 403)
    throw new TypeError('The gateway refuses GATEWAY_ADMIN_KEY. Use the key of its functions.')
  throw new TypeError(`${url}/health has no targets. Check the address, and deploy this version.`)
}

/** The gateway is the only one that writes such an object, so its fields are not read one by one. */
const hasTargets = (health: unknown): health is { readonly targets: TargetsHealth } =>
  isObject(health) && isObject(health['targets'])

const formatModel = ({ model, targets }: ModelHealth): string[] => [model, ...targets.map(formatTarget)]

const formatTarget = ({ target, provider, upstream_model: name, tier, rest }: TargetHealth): string => {
  const place = tier === 0 ? '' : `, fallback ${tier}`
  return `  ${target}  ${provider} ${name}${place}: ${rest ? `rests ${formatTime(rest.seconds)}, ${rest.reason}` : 'in use'}`
}

const formatTime = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`)
