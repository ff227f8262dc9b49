/** What {@link greeting} tells about. */
export interface GreetingOptions {
  readonly url: string
  /** Undefined where the list needs a token. */
  readonly models: readonly string[] | undefined
  /** What the functions were started with. */
  readonly environment: NodeJS.ProcessEnv
}

/** What the local gateway prints when it is ready: where it listens, what it serves, and a request to paste into bash. */
export const greeting = ({ url, models, environment }: GreetingOptions): string => {
  const lines = [`\nThe gateway listens on ${url} (Ctrl-C ends it)`]
  if (models) lines.push(`Models: ${models.join(', ') || 'none; name some in MODEL_PROVIDER_MAP'}`)
  if (environment['USAGE_STORE'] === 'file') lines.push(`Usage records: ${environment['USAGE_FILE']}`)
  lines.push('Try it:', `  ${curl(connectable(url), models?.[0] ?? '<model>', authIsOff(environment))}\n`)
  return lines.join('\n')
}

const curl = (url: string, model: string, withoutToken: boolean): string => {
  const body = `{"model": ${JSON.stringify(model)}, "messages": [{"role": "user", "content": "Count to 12."}], "stream": true}`
  const words = [`curl -N ${url}/v1/chat/completions`, "-H 'Content-Type: application/json'"]
  if (!withoutToken) words.push("-H 'Authorization: Bearer <access token>'")
  return [...words, `-d '${body.replaceAll("'", "'\\''")}'`].join(' ')
}

/** An address that means "every interface" is for listening; a client names one. */
const connectable = (url: string): string => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

const authIsOff = (environment: NodeJS.ProcessEnv): boolean =>
  environment['AUTH_MODE'] === 'disabled' || /^(true|1)$/i.test(environment['DISABLE_AUTH'] ?? '')
