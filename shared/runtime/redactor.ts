import { isObject, parseJson } from './json.ts'

/** Takes secrets out of texts: the values it was told, pieces of them, and what looks like a key or a token. It knows nothing of
 *  hosts and accounts, so our own words come out as they went in. */
export interface Redactor {
  /** The text without secrets. */
  readonly clean: (text: string) => string
  /** A JSON document that stays one: whole secrets, and what looks like a key or a token, are taken out of its texts and names. Its
   *  numbers stay, and what could be a piece of a secret: some digits of a key are somebody's number, too. */
  readonly cleanJson: (json: string) => string
  /** Adds a secret; a value of fewer than 6 characters is none that could be told from a word. */
  readonly learn: (secret: string) => void
}

/** What stands where something was taken out. */
export const redacted = '[redacted]'

const minSecretLength = 6

/** Texts remembered as they come out, so that what is said again and again costs next to nothing. */
const maxRemembered = 256
const maxRememberedLength = 64

/** What keys and tokens look like, whoever gave them out: by their prefixes (OpenAI and its imitations, Standard Webhooks; Groq,
 *  xAI, Hugging Face, NVIDIA; Tencent Cloud, AWS, Volcengine, Alibaba Cloud, Google), JSON Web Tokens, what follows the scheme of
 *  an authorization header, the login within a URL, and parameters of a URL that are named for what they hold. */
const secretShapes =
  /\b(?:sk|ak|pk|rk|whsec)[-_][\w.-]{6,}|\b(?:gsk|xai|hf|nvapi)[-_][\w-]{20,}|\b(?:AKI[DA]|AKLT|LTAI|AIza)[\w-]{12,}|\beyJ[\w-]{6,}[\w.-]*|\b(?:bearer|basic)\s+(?=\S*[\d._=])[\w.~+/=-]{8,}|(?<=:\/\/)[^\s/@]+@|(?<=[?&](?:(?:api_?)?key|(?:access_)?token|secret|password|sign(?:ature)?)=)[^&\s]+/gi

/** Runs of characters as keys are made of them: with a digit in it, one may be a piece of a key. */
const keyLikeRuns = /[\w.-]{6,}/g

/** Makes a redactor. A text that it has not seen lately costs it two microseconds. */
export const createRedactor = (secrets: Iterable<string>): Redactor => {
  const known = new Set<string>()
  const remembered = new Map<string, string>()
  let values: RegExp | undefined
  let haystack = ''

  /** The longest first, because one may begin with another. */
  const prepare = (): RegExp => {
    const longestFirst = [...known].sort((one, other) => other.length - one.length)
    haystack = longestFirst.join('\n')
    return new RegExp(longestFirst.map(escapeRegExp).join('|') || '(?!)', 'g')
  }
  const withoutWholes = (text: string): string => {
    values ??= prepare()
    return text.replace(values, redacted).replace(secretShapes, redacted)
  }
  const withoutSecrets = (text: string): string => {
    const rest = withoutWholes(text)
    const isPiece = (run: string): boolean => /\d/.test(run) && haystack.includes(run)
    return rest.replace(keyLikeRuns, (run) => (isPiece(run) ? redacted : run))
  }
  const clean = (text: string): string => {
    const before = remembered.get(text)
    if (before !== undefined) return before
    const after = withoutSecrets(text)
    if (remembered.size >= maxRemembered) remembered.clear()
    if (text.length <= maxRememberedLength) remembered.set(text, after)
    return after
  }
  const cleanPart = (_: string, part: unknown): unknown => {
    if (typeof part === 'string') return withoutWholes(part)
    if (!isObject(part)) return part
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [withoutWholes(name), value]))
  }
  const cleanJson = (json: string): string => {
    const document = parseJson(json)
    return document === undefined ? clean(json) : JSON.stringify(document, cleanPart)
  }
  const learn = (secret: string): void => {
    if (secret.length < minSecretLength || known.has(secret)) return
    for (const form of getSecretForms(secret)) known.add(form)
    values = undefined
    remembered.clear()
  }
  for (const secret of secrets) learn(secret)
  return { clean, cleanJson, learn }
}

/** A secret as it stands, and as URLs and JSON write it. */
const getSecretForms = (secret: string): string[] => [
  secret,
  encodeURIComponent(Buffer.from(secret).toString()),
  JSON.stringify(secret).slice(1, -1),
]

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
