import { type Preset, presetOf } from '../../protocol/provider-presets.ts'
import { oncePerText } from '../../runtime/memoize.ts'
import { type ApiBaseOptions, apiBaseProblem, entryPreset } from './entry-rules.ts'
import { isProviderKeyName } from './provider-key-name.ts'

export interface RouteOptions extends ApiBaseOptions {
  /** The value of an environment variable; undefined when it is not set. */
  readonly variable: (name: string) => string | undefined
  /** Hears every key that the map itself holds, usable or not, so that it can be kept out of logs and replies. */
  readonly learnKey?: (key: string) => void
}

/** What was found out about a part of an entry: what to use, or why the entry cannot be used. */
export interface Judgement {
  readonly value?: string | undefined
  readonly problem?: string | undefined
}

/** What was found out about a base: it, without slashes and the endpoint's own path at its end, and what providers' names stand
 *  for there. */
export interface JudgedBase extends Judgement {
  readonly presetFor: (provider: string) => Preset | string
}

/** What is known of the parts that entries share: thousands of rows have a few providers, addresses and keys, so each is judged
 *  once a load. */
export interface Judgements {
  /** A base; `''` stands for none. */
  readonly base: (base: string) => JudgedBase
  /** The key in a variable. */
  readonly keyIn: (name: string) => Judgement
  /** The key in a variable that an entry names. */
  readonly namedKey: (name: string) => Judgement
  /** Whether a preset has this name. */
  readonly isPreset: (provider: string) => boolean
}

/** Makes the judgements of one load. */
export const judgementsOf = (options: RouteOptions): Judgements => {
  const { variable } = options
  const keyIn = oncePerText((name) => judgedKey(name, variable(name)))
  const presetAt = (base: string, provider: string): Preset | string =>
    entryPreset(provider, base || undefined, variable('CLOUDBASE_ENV_ID'))
  return {
    keyIn,
    base: oncePerText((base) => ({
      value: base.replace(/(\/chat\/completions)?\/*$/, ''),
      problem: apiBaseProblem(base, options),
      presetFor: oncePerText((provider) => presetAt(base, provider)),
    })),
    namedKey: oncePerText((name) => (isProviderKeyName(name) ? keyIn(name) : { problem: notAProviderKey })),
    isPreset: oncePerText((provider) => presetOf(provider) !== undefined),
  }
}

/** A header carries the key: visible ASCII (RFC 9110, 5.5). */
const judgedKey = (name: string, value: string | undefined): Judgement =>
  value === undefined || /^[!-~]+$/.test(value)
    ? { value }
    : { problem: `Its key holds blanks, line breaks or odd characters. Correct the environment variable ${name}.` }

const notAProviderKey =
  'Its api_key_env does not name a provider key. Such names end in _API_KEY, _KEY or _TOKEN and belong to no other secret.'
