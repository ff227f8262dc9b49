import { isYes } from '../../shared/gateway/config/variable.ts'

/** The parts of the greeting. */
export interface GreetingOptions {
  readonly url: string
  /** Undefined if the list needs a token and there is no admin key. */
  readonly models: readonly string[] | undefined
  /** The files from which variables were read, such as `.env`. */
  readonly files: readonly string[]
  /** The environment of the functions. */
  readonly environment: NodeJS.ProcessEnv
}

/** The text that the local gateway prints when it is ready: its address, its models, and a request to paste into bash. */
export const formatGreeting = ({ url, models, files, environment }: GreetingOptions): string => {
  const lines = [`\nThe gateway listens on ${url} (Ctrl-C ends it)`]
  if (models) lines.push(`Models: ${models.join(', ') || noModels}`)
  if (files.length > 0) lines.push(`Variables: from ${files.join(' and ')}; variables of the shell take precedence`)
  if (environment['USAGE_STORE'] === 'file') lines.push(`Usage records: ${environment['USAGE_FILE']}`)
  lines.push('Try it:', `  ${formatCurl(toClientUrl(url), models?.[0] ?? '<model>', getCredential(environment))}\n`)
  return lines.join('\n')
}

const noModels =
  'none; name some in MODEL_PROVIDER_MAP or MODEL_PROVIDER_MAP_FILE, or fix the problems in the log above'

const formatCurl = (url: string, model: string, credential: string | undefined): string => {
  const body = `{"model": ${JSON.stringify(model)}, "messages": [{"role": "user", "content": "Count to 12."}], "stream": true}`
  const words = [`curl -N ${url}/v1/chat/completions`, "-H 'Content-Type: application/json'"]
  if (credential) words.push(`-H '${credential}'`)
  return [...words, `-d '${body.replaceAll("'", "'\\''")}'`].join(' ')
}

/** Replaces an address that means "every interface", to which a client cannot connect, by loopback. */
const toClientUrl = (url: string): string => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

/** The header that authenticates the request. It names the admin key without its value. */
const getCredential = (environment: NodeJS.ProcessEnv): string | undefined => {
  if (environment['AUTH_MODE'] === 'disabled' || isYes(environment['DISABLE_AUTH'])) return undefined
  return environment['GATEWAY_ADMIN_KEY']
    ? 'X-Gateway-Key: <GATEWAY_ADMIN_KEY>'
    : 'Authorization: Bearer <access token>'
}
