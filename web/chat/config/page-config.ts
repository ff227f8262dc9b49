import { isObject, listBases } from '../../parts/gateway/gateway.ts'

/** The ways to sign in: a name with a password, a code by SMS or e-mail, or without an account. */
export const signInKinds = ['password', 'phone', 'email', 'anonymous'] as const

/** A way to sign in. */
export type SignInKind = (typeof signInKinds)[number]

/** Where the users of the page sign in. */
export interface LoginConfig {
  /** The id of the CloudBase environment. */
  readonly environment: string
  /** Default `ap-shanghai`. */
  readonly region: string
  /** Origin of the login service. Undefined: that of the environment in China. */
  readonly authOrigin: string | undefined
  /** At least one; the first is shown first. */
  readonly kinds: readonly SignInKind[]
}

/** What `config.json` beside the page says. */
export interface PageConfig {
  /** The name of the app. */
  readonly name: string | undefined
  /** Where the gateway may be; base URLs with a slash at their end. */
  readonly bases: readonly string[]
  /** Undefined: the gateway does not ask who calls. */
  readonly login: LoginConfig | undefined
  /** The colour of the app, `#rrggbb`. */
  readonly colour: string | undefined
  /** Questions to begin with. Undefined: those of the page. */
  readonly examples: readonly string[] | undefined
  /** Where users get points. */
  readonly pointsUrl: string | undefined
  /** Whether the gateway has wallets, and whether it keeps usage. */
  readonly hasWallet: boolean
  readonly hasUsage: boolean
}

/** A `config.json` that cannot be used. Its message names the field. */
export class ConfigError extends Error {}

/** Parses the content of `config.json`. Unknown fields are ignored.
 *  @throws ConfigError if a field is not allowed */
export const parsePageConfig = (value: unknown, pageUrl: string): PageConfig => {
  if (!isObject(value)) throw new ConfigError('config.json must be a JSON object.')
  const gateway = readText(value, 'gateway')
  return {
    name: readText(value, 'name'),
    bases: gateway === undefined ? listBases(pageUrl) : [toBase(gateway, pageUrl)],
    login: readLogin(value),
    colour: readColour(value),
    examples: readTexts(value, 'examples'),
    pointsUrl: readUrl(value, 'pointsUrl'),
    hasWallet: readSwitch(value, 'wallet'),
    hasUsage: readSwitch(value, 'usage'),
  }
}

type Fields = Readonly<Record<string, unknown>>

const readLogin = (value: Fields): LoginConfig | undefined => {
  const environment = readText(value, 'environment')
  if (environment === undefined) return undefined
  const kinds = readTexts(value, 'signIn') ?? ['password']
  const isKind = (name: string): name is SignInKind => signInKinds.some((kind) => kind === name)
  if (!kinds.every(isKind) || kinds.length === 0)
    throw new ConfigError(`config.json: 'signIn' must be a list with some of ${signInKinds.join(', ')}.`)
  return {
    environment,
    region: readText(value, 'region') ?? 'ap-shanghai',
    authOrigin: readUrl(value, 'authOrigin'),
    kinds,
  }
}

const toBase = (gateway: string, pageUrl: string): string => {
  if (!URL.canParse(gateway, pageUrl)) throw new ConfigError("config.json: 'gateway' must be a URL.")
  return new URL(gateway.replace(/\/*$/, '/'), pageUrl).href
}

const readText = (value: Fields, name: string): string | undefined => {
  const text = value[name] ?? undefined
  if (text !== undefined && typeof text !== 'string') throw new ConfigError(`config.json: '${name}' must be a text.`)
  return text === '' ? undefined : text
}

const readTexts = (value: Fields, name: string): readonly string[] | undefined => {
  const texts = value[name] ?? undefined
  if (texts === undefined) return undefined
  if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts
  throw new ConfigError(`config.json: '${name}' must be a list of texts.`)
}

/** What is not said is on. */
const readSwitch = (value: Fields, name: string): boolean => {
  const isOn = value[name] ?? true
  if (typeof isOn === 'boolean') return isOn
  throw new ConfigError(`config.json: '${name}' must be true or false.`)
}

const readColour = (value: Fields): string | undefined => {
  const colour = readText(value, 'colour')
  if (colour === undefined || /^#[0-9a-f]{6}$/i.test(colour)) return colour
  throw new ConfigError("config.json: 'colour' must be a colour such as #0f6e66.")
}

/** A link may not run a script, so that only web addresses are allowed. */
const readUrl = (value: Fields, name: string): string | undefined => {
  const url = readText(value, name)
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url
  throw new ConfigError(`config.json: '${name}' must be a URL that begins with https://.`)
}
