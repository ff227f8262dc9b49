import { isObject, parseJson } from './json.ts'

/** Removes secrets from texts: known values, pieces of them, and all that looks like a key or a token. Host and account
 *  names stay, so our own messages do not change. */
export interface Redactor {
  /** Returns the text without secrets. */
  readonly clean: (text: string) => string
  /** Removes whole secrets, and all that looks like a key or a token, from the texts and names of a JSON document. It
   *  stays valid JSON. Its numbers stay, and so do possible pieces of a secret: digits of a key may also be an id or a
   *  price. */
  readonly cleanJson: (json: string) => string
  /** Adds a secret. A value of fewer than 6 characters is ignored, because any word could contain it. */
  readonly learn: (secret: string) => void
}

/** The text that replaces a secret. */
export const redacted = '[redacted]'

const minSecretLength = 6

/** The longest pattern of secrets: V8 refuses one of 50,000 characters. The longest secrets are looked for one by one. */
const maxSecretPatternLength = 10_000

/** How many cleaned texts are cached, and how long they may be, so that repeated texts cost nearly nothing. */
const maxCached = 256
const maxCachedLength = 64

/** The shapes of keys and tokens: prefixes (OpenAI and similar providers, Standard Webhooks; Groq, xAI, Hugging Face,
 *  NVIDIA; Tencent Cloud, AWS, Volcengine, Alibaba Cloud, Google), JSON Web Tokens, credentials after the scheme of an
 *  authorization header, the login in a URL, and URL parameters with names such as `key` and `token`. */
const secretShapes =
  /\b(?:sk|ak|pk|rk|whsec)[-_][\w.-]{6,}|\b(?:gsk|xai|hf|nvapi)[-_][\w-]{20,}|\b(?:AKI[DA]|AKLT|LTAI|AIza)[\w-]{12,}|\beyJ[\w-]{6,}[\w.-]*|\b(?:bearer|basic)\s+(?=\S*[\d._=])[\w.~+/=-]{8,}|(?<=:\/\/)[^\s/@]+@|(?<=[?&](?:(?:api_?)?key|(?:access_)?token|secret|password|sign(?:ature)?)=)[^&\s]+/gi

/** Runs of characters that keys consist of. A run with a digit may be a piece of a key. */
const keyLikeRuns = /[\w.-]{6,}/g

/** Creates a redactor. A text that is not cached costs two microseconds. */
export const createRedactor = (secrets: Iterable<string>): Redactor => {
  const known = new Set<string>()
  let pattern: RegExp | undefined
  let haystack = ''
  let longSecrets: string[] = []

  /** The longest secret comes first, because one secret may begin with another. */
  const prepare = (): RegExp => {
    const longestFirst = [...known].sort((one, other) => other.length - one.length)
    haystack = longestFirst.join('\n')
    let rest = haystack.length
    longSecrets = longestFirst.filter(({ length }) => {
      const isLong = rest > maxSecretPatternLength
      if (isLong) rest -= length + 1
      return isLong
    })
    return new RegExp(longestFirst.slice(longSecrets.length).map(escapeRegExp).join('|') || '(?!)', 'g')
  }
  const removeWholeSecrets = (text: string): string => {
    pattern ??= prepare()
    const shortened = longSecrets.reduce((rest, secret) => rest.replaceAll(secret, redacted), text)
    return shortened.replace(pattern, redacted).replace(secretShapes, redacted)
  }
  const isPiece = (run: string): boolean => /\d/.test(run) && haystack.includes(run)
  const cache = cacheTexts((text) =>
    removeWholeSecrets(text).replace(keyLikeRuns, (run) => (isPiece(run) ? redacted : run)),
  )
  const cleanPart = (_: string, part: unknown): unknown => {
    if (typeof part === 'string') return removeWholeSecrets(part)
    if (!isObject(part)) return part
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [removeWholeSecrets(name), value]))
  }
  const cleanJson = (json: string): string => {
    const document = parseJson(json)
    return document === undefined ? cache.clean(json) : JSON.stringify(document, cleanPart)
  }
  const learn = (secret: string): void => {
    if (secret.length < minSecretLength || known.has(secret)) return
    for (const form of getSecretForms(secret)) known.add(form)
    pattern = undefined
    cache.clear()
  }
  for (const secret of secrets) learn(secret)
  return { clean: cache.clean, cleanJson, learn }
}

/** Caches cleaned texts that are short. */
const cacheTexts = (clean: (text: string) => string): { clean: (text: string) => string; clear: () => void } => {
  const cleaned = new Map<string, string>()
  return {
    clean: (text) => {
      const found = cleaned.get(text)
      if (found !== undefined) return found
      const result = clean(text)
      if (cleaned.size >= maxCached) cleaned.clear()
      if (text.length <= maxCachedLength) cleaned.set(text, result)
      return result
    },
    clear: () => cleaned.clear(),
  }
}

/** Returns a secret in plain form, and as URLs and JSON write it. */
const getSecretForms = (secret: string): string[] => [
  secret,
  encodeURIComponent(Buffer.from(secret).toString()),
  JSON.stringify(secret).slice(1, -1),
]

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
