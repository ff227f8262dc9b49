import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { getAuthEndpoints } from '../../shared/auth/auth-endpoints.ts'
import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import { isObject, type JsonObject, parseJson } from '../../shared/runtime/json.ts'
import { type LoginConfig, type PageConfig, parsePageConfig } from '../../web/chat/config/page-config.ts'
import { readText } from '../variables/read-text.ts'
import type { PageFiles } from './page-files.ts'
import { createPolicy } from './pages.ts'

/** The file in the folder of the gateway that says how the chat page looks. */
export const chatPageFile = 'chat_page.json'

/** Returns the `config.json` of the chat page: what the variables of the gateway say, and above it what `chat_page.json` says.
 *  @param gateway base URL of the gateway; `/` if it is on the page's own host
 *  @throws Error with a sentence for the operator if the file has a field that is not allowed */
export const createChatConfig = (
  folder: string,
  variables: Readonly<Record<string, string | undefined>>,
  gateway: string,
): JsonObject => {
  const { values } = readEnvironment(variables)
  const isOpen = values.DISABLE_AUTH || values.AUTH_MODE === 'disabled'
  const login = !isOpen &&
    values.CLOUDBASE_ENV_ID !== undefined && {
      environment: values.CLOUDBASE_ENV_ID,
      region: values.CLOUDBASE_REGION,
      ...(values.CLOUDBASE_AUTH_ORIGIN !== undefined && { authOrigin: values.CLOUDBASE_AUTH_ORIGIN }),
      signIn: ['password', ...(values.ALLOW_ANONYMOUS ? ['anonymous'] : [])],
    }
  const config = {
    gateway,
    ...login,
    wallet: values.WALLET === 'on',
    usage: values.USAGE_STORE !== 'none',
    ...readChatPageFile(folder),
  }
  return { ...config, ...nameLoginService(parseConfig(config)) }
}

/** The SDK of CloudBase finds the login service of an environment in China. Any other must be named. */
const nameLoginService = ({ login }: PageConfig): JsonObject => {
  if (!login || login.authOrigin !== undefined) return {}
  const authOrigin = getLoginOrigin(login)
  return authOrigin === getLoginOrigin({ ...login, region: 'ap-shanghai' }) ? {} : { authOrigin }
}

const getLoginOrigin = ({ environment, region, authOrigin }: LoginConfig): string =>
  getAuthEndpoints({ envId: environment, region, origin: authOrigin }).userUrl.origin

const readChatPageFile = (folder: string): JsonObject => {
  const file = join(folder, chatPageFile)
  if (!existsSync(file)) return {}
  const value = parseJson(readText(file))
  if (isObject(value)) return value
  throw new Error(`${chatPageFile} must be a JSON object.`)
}

/** The fields are parsed as the page does. Its own address does not matter here. */
const parseConfig = (config: JsonObject): PageConfig => {
  try {
    return parsePageConfig(config, 'https://page.invalid/')
  } catch (error) {
    throw new Error(`${chatPageFile}: ${(error as Error).message.replace('config.json: ', '')}`)
  }
}

/** A page with its `config.json`, and its policy. */
export interface PreparedPage {
  readonly files: PageFiles
  /** What it may load and reach. It is in its `index.html` too. */
  readonly policy: string
}

/** Puts a configuration into the chat page. Its policy allows exactly the hosts that the configuration names. */
export const prepareChatPage = (files: PageFiles, config: JsonObject): PreparedPage => {
  const policy = createPolicy(getReach(parseConfig(config)))
  const index = files.get('index.html')?.toString() ?? ''
  const prepared = new Map(files)
  if (files.size > 0) {
    prepared.set('index.html', Buffer.from(index.replace(policyPattern, (_, start: string) => `${start}"${policy}"`)))
    prepared.set('config.json', Buffer.from(`${JSON.stringify(config, null, 2)}\n`))
  }
  return { files: prepared, policy }
}

const policyPattern = /(http-equiv="Content-Security-Policy" content=)"[^"]*"/

const getReach = ({ bases, login }: PageConfig) => {
  const origins = bases.map((base) => new URL(base).origin).filter((origin) => origin !== 'https://page.invalid')
  if (!login) return { connect: [...new Set(origins)] }
  return { connect: [...new Set([...origins, getLoginOrigin(login)])], dataImages: true }
}
