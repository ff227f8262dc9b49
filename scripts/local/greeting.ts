import { isYes } from '../../shared/gateway/config/variable.ts'

/** What {@link formatGreeting} tells about. */
export interface GreetingOptions {
  readonly url: string
  /** Undefined where the list needs a token and there is no admin key. */
  readonly models: readonly string[] | undefined
  /** What the functions were started with. */
  readonly environment: NodeJS.ProcessEnv
}

/** What the local gateway prints when it is ready: where it listens, what it serves, and a request to paste into bash. */
export const formatGreeting = ({ url, models, environment }: GreetingOptions): string => {
  const lines = [`\nThe gateway listens on ${url} (Ctrl-C ends it)`]
  if (models)
    lines.push(
      `Models: ${models.join(', ') || 'none; name some in MODEL_PROVIDER_MAP or MODEL_PROVIDER_MAP_FILE, or mend what the log names'}`,
    )
  if (environment['USAGE_STORE'] === 'file') lines.push(`Usage records: ${environment['USAGE_FILE']}`)
  lines.push('Try it:', `  ${formatCurl(toClientUrl(url), models?.[0] ?? '<model>', getCredential(environment))}\n`)
  return lines.join('\n')
}

const formatCurl = (url: string, model: string, credential: string | undefined): string => {
  const body = `{"model": ${JSON.stringify(model)}, "messages": [{"role": "user", "content": "Count to 12."}], "stream": true}`
  const words = [`curl -N ${url}/v1/chat/completions`, "-H 'Content-Type: application/json'"]
  if (credential) words.push(`-H '${credential}'`)
  return [...words, `-d '${body.replaceAll("'", "'\\''")}'`].join(' ')
}

/** An address that means "every interface" is for listening; a client names one. */
const toClientUrl = (url: string): string => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

/** What to send beside the request; the admin key is named and not shown. */
const getCredential = (environment: NodeJS.ProcessEnv): string | undefined => {
  if (environment['AUTH_MODE'] === 'disabled' || isYes(environment['DISABLE_AUTH'])) return undefined
  return environment['GATEWAY_ADMIN_KEY']
    ? 'X-Gateway-Key: <GATEWAY_ADMIN_KEY>'
    : 'Authorization: Bearer <access token>'
}
