import { isYes } from '../../shared/gateway/config/variables/variable.ts'
import type { Language } from '../language.ts'
import { localMessages } from './messages.ts'

/** The parts of the greeting. */
export interface GreetingOptions {
  /** As clients reach the gateway. */
  readonly url: string
  /** The URL that `npm run chat` calls without `--url`. */
  readonly chatUrl: string
  /** Undefined if the list needs a token and there is no admin key. */
  readonly models: readonly string[] | undefined
  /** The files from which variables were read, such as `.env`. */
  readonly files: readonly string[]
  /** The environment of the functions. */
  readonly environment: NodeJS.ProcessEnv
  readonly language: Language
}

/** The text that the local gateway prints when it is ready: its address, its models, and three ways to try it: a page, a command
 *  that every shell takes, and a request to paste into bash. */
export const formatGreeting = (options: GreetingOptions): string => {
  const { url, models, files, environment, language } = options
  const messages = localMessages[language]
  const lines = [`\n${messages.listens(url)}`]
  if (models) lines.push(models.length > 0 ? messages.models(models) : messages.noModels)
  if (files.length > 0) lines.push(messages.variables(files))
  if (environment['USAGE_STORE'] === 'file') lines.push(messages.usageRecords(environment['USAGE_FILE']))
  lines.push(
    messages.page(url),
    messages.tryIt,
    `  ${formatChat(options)}`,
    messages.curl,
    `  ${formatCurl(options)}`,
    `${messages.console}\n`,
  )
  return lines.join('\n')
}

const formatChat = ({ url, chatUrl, language }: GreetingOptions): string =>
  `npm run chat -- ${url === chatUrl ? '' : `--url=${url} `}"${localMessages[language].question}"`

const formatCurl = ({ url, models, environment, language }: GreetingOptions): string => {
  const { model, question, accessToken } = localMessages[language]
  const message = `{"role": "user", "content": "${question}"}`
  const body = `{"model": ${JSON.stringify(models?.[0] ?? model)}, "messages": [${message}], "stream": true}`
  const words = [`curl -N ${url}/v1/chat/completions`, "-H 'Content-Type: application/json'"]
  const credential = getCredential(environment, accessToken)
  if (credential) words.push(`-H '${credential}'`)
  return [...words, `-d '${body.replaceAll("'", "'\\''")}'`].join(' ')
}

/** The header that authenticates the request. It names the admin key without its value. */
const getCredential = (environment: NodeJS.ProcessEnv, accessToken: string): string | undefined => {
  if (environment['AUTH_MODE'] === 'disabled' || isYes(environment['DISABLE_AUTH'])) return undefined
  return environment['GATEWAY_ADMIN_KEY']
    ? 'X-Gateway-Key: <GATEWAY_ADMIN_KEY>'
    : `Authorization: Bearer ${accessToken}`
}
